/**
 * Swings of the state of charge with the charge counted meanwhile, from a log of current and displayed state of charge with
 * gaps: the raw material of a capacity where nothing but current and state of charge is known (methods 1.2).
 */
export interface CurrentSample {
  readonly atS: number;
  /** Positive out of the pack. */
  readonly currentA: number;
  readonly socPct: number;
}

export interface Swing {
  /** Share of a full charge, positive. */
  readonly x: number;
  /** Ah, positive. */
  readonly y: number;
}

/** The current between samples further apart is not known. */
const GAP_MAX_S = 20;
/** The state of charge does not move faster than this between two samples; where it does, it was corrected. */
const SOC_STEP_MAX_PCT = 0.5;
const SWING_MIN_PCT = 4;

/** Swings of at least 4 % in one direction without a gap; samples in order of time. O(n). */
export function swingsOf(samples: readonly CurrentSample[]): Swing[] {
  const swings: Swing[] = [];
  let first = samples[0];
  let previous = samples[0];
  let countedAh = 0;
  const close = (): void => {
    const swing = first === undefined || previous === undefined ? 0 : first.socPct - previous.socPct;
    if (Math.abs(swing) >= SWING_MIN_PCT && countedAh * swing > 0) swings.push({ x: Math.abs(swing) / 100, y: Math.abs(countedAh) });
  };
  for (const sample of samples.slice(1)) {
    if (previous === undefined) break;
    const stepS = sample.atS - previous.atS;
    if (stepS <= 0) continue;
    if (stepS > GAP_MAX_S || Math.abs(sample.socPct - previous.socPct) > SOC_STEP_MAX_PCT) {
      close();
      [first, countedAh] = [sample, 0];
    } else {
      countedAh += (((sample.currentA + previous.currentA) / 2) * stepS) / 3600;
    }
    previous = sample;
  }
  close();
  return swings;
}
