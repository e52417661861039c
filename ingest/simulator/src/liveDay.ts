import { type DayState, packCapacityAh } from "./dayState.ts";
import { ocvMv } from "./ocv.ts";
import { type Pack, resistanceAt } from "./pack.ts";
import { createRandom, mix, type Random } from "./random.ts";
import { ambientAt, nextPackC, restedPackC } from "./thermal.ts";
import type { CarState, Segment, SegmentKind, Trace } from "./trace.ts";

/** A day in the making: where the car stands now and the knots so far. */
export interface LiveDay {
  readonly day: DayState;
  readonly pack: Pack;
  readonly random: Random;
  readonly capacityAh: number;
  nowS: number;
  soc: number;
  packC: number;
  odometerKm: number;
  /** Time the car had stood when the day began, s. */
  readonly idleS: number;
  readonly segments: Segment[];
  readonly knots: { currentA: number[]; soc: number[]; speedKmh: number[]; packC: number[]; odometerKm: number[] };
}

export interface SegmentTraits {
  readonly kind: SegmentKind;
  readonly knotStepS: number;
  readonly isDc?: boolean;
  readonly isStarted?: boolean;
  readonly isComplete?: boolean;
}

const IDLE_CURRENT_A = 1.2;
/** The management system lets no charge push a cell above this. */
const CELL_LIMIT_MV = { NCM: 4195, LFP: 3600 } as const;
/** Opens a day in the state the car woke up in. */
export function beginDay(day: DayState, pack: Pack, start: CarState): LiveDay {
  return {
    day,
    pack,
    random: createRandom(mix(day.seed, 2)),
    capacityAh: packCapacityAh(day),
    nowS: 0,
    ...start,
    segments: [],
    knots: { currentA: [], soc: [], speedKmh: [], packC: [], odometerKm: [] },
  };
}

/** Closes a day: its knots as arrays, and what it hands to the next. */
export function traceOf(live: LiveDay): Trace {
  const { currentA, soc, speedKmh, packC, odometerKm } = live.knots;
  return {
    segments: live.segments,
    currentA: Float64Array.from(currentA),
    soc: Float64Array.from(soc),
    speedKmh: Float64Array.from(speedKmh),
    packC: Float64Array.from(packC),
    odometerKm: Float64Array.from(odometerKm),
    idleS: live.idleS,
    end: { soc: live.soc, packC: live.packC, odometerKm: live.odometerKm, idleS: idleAtEnd(live) },
  };
}

function idleAtEnd({ segments, idleS, nowS }: LiveDay): number {
  const last = segments.findLast((segment) => segment.kind !== "rest");
  return last === undefined ? idleS + nowS : nowS - last.endS;
}

/** Resistance of the pack at its present temperature, Ω; cell by cell it differs, on average it is this. */
export function packOhm(live: LiveDay): number {
  return live.pack.cellResistanceOhm * resistanceAt(live.packC) * live.day.car.profile.cells;
}

/** The charging current at which cells reach their limit now, A; 1 A at least, so that every charge ends. */
export function cellHeadroomA(live: LiveDay): number {
  const { chemistry } = live.day.car.profile;
  const headroomMv = CELL_LIMIT_MV[chemistry] - ocvMv(chemistry, live.soc);
  return Math.max(headroomMv / 1000 / (live.pack.cellResistanceOhm * resistanceAt(live.packC)), 1);
}

/** Rested pack voltage now, V. */
export function packOcvV(live: LiveDay): number {
  const { cells, chemistry } = live.day.car.profile;
  return (ocvMv(chemistry, live.soc) * cells) / 1000;
}

/**
 * Adds a segment knot by knot. `step` gives current and speed for the coming knot interval, or null to end; charge,
 * temperature and distance follow from them by the trapezoid rule, which is what linear interpolation integrates to.
 */
export function addSegment(
  live: LiveDay,
  traits: SegmentTraits,
  step: (knot: number) => { currentA: number; speedKmh: number } | null,
): void {
  const startS = live.nowS;
  const firstKnot = live.knots.soc.length;
  let previous: { currentA: number; speedKmh: number } | null = null;
  for (let knot = 0; ; knot++) {
    const next = step(knot);
    if (next === null) break;
    if (previous !== null) advance(live, traits, previous, next);
    pushKnot(live, next);
    previous = next;
  }
  const knots = live.knots.soc.length - firstKnot;
  live.segments.push({
    ...{ kind: traits.kind, startS, endS: live.nowS, firstKnot, knots, knotStepS: traits.knotStepS },
    ...{ isDc: traits.isDc ?? false, isStarted: traits.isStarted ?? false, isComplete: traits.isComplete ?? false },
  });
}

/** Stands still for a while, awake and reporting. */
export function rest(live: LiveDay, durationS: number, traits: { readonly isStarted?: boolean; readonly isComplete?: boolean }): void {
  const currentA = traits.isStarted ? IDLE_CURRENT_A : 0;
  addSegment(live, { kind: "rest", knotStepS: durationS, ...traits }, (knot) => (knot < 2 ? { currentA, speedKmh: 0 } : null));
}

/** Sleeps, silent, until a second of the day; nothing happens if that has passed. */
export function sleepUntil(live: LiveDay, untilS: number): void {
  const wholeS = Math.round(untilS);
  if (wholeS <= live.nowS) return;
  const ambientC = ambientAt(live.day.ambientC, (live.nowS + wholeS) / 2);
  live.packC = restedPackC(live.packC, ambientC, wholeS - live.nowS);
  live.nowS = wholeS;
}

function advance(
  live: LiveDay,
  traits: SegmentTraits,
  from: { readonly currentA: number; readonly speedKmh: number },
  to: { readonly currentA: number; readonly speedKmh: number },
): void {
  const seconds = traits.knotStepS;
  const currentA = (from.currentA + to.currentA) / 2;
  live.soc -= (currentA * seconds) / 3600 / live.capacityAh;
  live.odometerKm += (((from.speedKmh + to.speedKmh) / 2) * seconds) / 3600;
  live.packC = nextPackC(live.packC, {
    seconds,
    ambientC: ambientAt(live.day.ambientC, live.nowS),
    currentA,
    packOhm: packOhm(live),
    isConditioned: traits.kind !== "rest",
  });
  live.nowS += seconds;
}

function pushKnot(live: LiveDay, point: { readonly currentA: number; readonly speedKmh: number }): void {
  live.knots.currentA.push(point.currentA);
  live.knots.speedKmh.push(point.speedKmh);
  live.knots.soc.push(live.soc);
  live.knots.packC.push(live.packC);
  live.knots.odometerKm.push(live.odometerKm);
}
