import { mean } from "simple-statistics";

interface LoadSample {
  readonly currentA: number;
  readonly meanCellV: number;
}

/** Samples averaged on either side of a step. */
const WINDOW = 5;
/** Seconds after the step at which its voltage is read: resistance and charge transfer, hardly any diffusion. */
const SETTLE = 20;
/** A side is steady when its current stays within this share of the step. */
const STEADY_SHARE = 0.17;

/**
 * Resistance of the mean cell from current steps of at least `minStepA` between two steady stretches, at 1 Hz: voltage change
 * over current change, 20 s after the step (methods 2.1). Both directions. O(n).
 */
export function loadSteps(samples: readonly LoadSample[], minStepA: number): { readonly ohm: number }[] {
  const steps: { readonly ohm: number }[] = [];
  for (let i = WINDOW; i + SETTLE + WINDOW <= samples.length; i += 1) {
    const jumpA = Math.abs((samples[i]?.currentA ?? 0) - (samples[i - 1]?.currentA ?? 0));
    if (jumpA < 2) continue;
    const before = samples.slice(i - WINDOW, i);
    const after = samples.slice(i + SETTLE, i + SETTLE + WINDOW);
    const stepA = meanOf(after, "currentA") - meanOf(before, "currentA");
    if (Math.abs(stepA) < minStepA || ![before, after].every((side) => spreadA(side) < STEADY_SHARE * minStepA)) continue;
    steps.push({ ohm: (meanOf(after, "meanCellV") - meanOf(before, "meanCellV")) / stepA });
    i += SETTLE;
  }
  return steps;
}

function meanOf(samples: readonly LoadSample[], field: keyof LoadSample): number {
  return mean(samples.map((s) => s[field]));
}

function spreadA(samples: readonly LoadSample[]): number {
  const currents = samples.map((s) => s.currentA);
  return Math.max(...currents) - Math.min(...currents);
}
