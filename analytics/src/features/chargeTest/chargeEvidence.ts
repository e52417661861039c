/**
 * What one charging segment says about a battery's capacity, boiled down from its 1 Hz record: the charge counted, the state of
 * charge displayed at both ends, and the mean cell's rested voltage at both ends and at the rests between.
 */
import { mean, median, quantile } from "simple-statistics";
import { loadSteps } from "./loadSteps.ts";

export interface ChargeSample {
  /** Positive = charging. */
  readonly currentA: number;
  /** Counted since the segment's start. */
  readonly chargeAh: number;
  readonly meanCellV: number;
}

export interface ChargeSegment {
  readonly socStartPct: number;
  readonly socEndPct: number;
  /** One per second. */
  readonly samples: readonly ChargeSample[];
}

interface RestPoint {
  readonly chargeAh: number;
  readonly meanCellV: number;
}

export interface ChargeEvidence {
  readonly chargeAh: number;
  readonly socStartPct: number;
  readonly socEndPct: number;
  readonly startRestV: number;
  /** Measured where the segment ends at rest, otherwise the loaded voltage less its estimated polarisation. */
  readonly endRestV: number;
  /** Measured rested voltages in order, the start included. */
  readonly rests: readonly RestPoint[];
  /** The current of the loaded parts, A: in a test at a fixed rate it tells the size of the battery. */
  readonly loadCurrentA: number;
}

/** Below this share of the load current the battery rests (the car itself draws or feeds a few amperes). */
const REST_SHARE = 0.15;
/** Most of the relaxation that an hour's rest shows is over by then. */
const MIN_REST_S = 400;
/** An end of this many samples is averaged against the last digit of the voltage. */
const EDGE_SAMPLES = 10;
/** Polarisation after 20 min of load against the voltage step after 20 s: 1.0 to 1.9 on the public cars. */
const POLARISATION_RATIO = 1.4;
/** Voltage step of an NCM cell at 0.3 C where the segment shows no step of its own, V. */
const TYPICAL_STEP_V = 0.03;

/** Null for an empty segment, or one in which no charge was counted. O(n log n) in samples. */
export function chargeEvidence({ samples, socStartPct, socEndPct }: ChargeSegment): ChargeEvidence | null {
  const chargeAh = samples.at(-1)?.chargeAh ?? 0;
  if (chargeAh <= 0) return null;
  const currents = samples.map((s) => s.currentA);
  const loadCurrentA = quantile(currents, 0.98);
  const startRestV = meanVoltage(samples.slice(0, EDGE_SAMPLES));
  const rests = restPoints(samples, REST_SHARE * loadCurrentA);
  const endsAtRest = rests.find((rest) => rest.end === samples.length);
  const steps = loadSteps(samples, 0.6 * loadCurrentA).map((step) => step.ohm);
  const ohm = steps.length === 0 ? TYPICAL_STEP_V / loadCurrentA : median(steps);
  const endCurrentA = Math.max(0, median(currents.slice(-60)));
  const endV = meanVoltage(samples.slice(-EDGE_SAMPLES));
  return {
    chargeAh,
    socStartPct,
    socEndPct,
    startRestV,
    endRestV: endsAtRest?.meanCellV ?? endV - POLARISATION_RATIO * ohm * endCurrentA,
    rests: [{ chargeAh: 0, meanCellV: startRestV }, ...rests.map(({ chargeAh: ah, meanCellV }) => ({ chargeAh: ah, meanCellV }))],
    loadCurrentA,
  };
}

function restPoints(samples: readonly ChargeSample[], restCurrentA: number): (RestPoint & { readonly end: number })[] {
  const found: (RestPoint & { readonly end: number })[] = [];
  let start: number | null = null;
  for (let i = 0; i <= samples.length; i += 1) {
    const sample = samples[i];
    if (sample !== undefined && Math.abs(sample.currentA) < restCurrentA) {
      start ??= i;
      continue;
    }
    const last = samples[i - 1];
    if (start !== null && i - start >= MIN_REST_S && last !== undefined) {
      found.push({ end: i, chargeAh: last.chargeAh, meanCellV: meanVoltage(samples.slice(i - EDGE_SAMPLES, i)) });
    }
    start = null;
  }
  return found;
}

function meanVoltage(samples: readonly ChargeSample[]): number {
  return mean(samples.map((s) => s.meanCellV));
}
