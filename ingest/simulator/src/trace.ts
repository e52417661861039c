/**
 * What a car did in a day at pack level: segments, and inside each the current, charge, speed, temperature and distance
 * at equally spaced knots. Between knots everything is linear, so reports can be taken at any interval and the
 * charge they carry adds up whatever the interval.
 */
export type SegmentKind = "rest" | "drive" | "charge";

export interface Segment {
  readonly kind: SegmentKind;
  /** Seconds of the day. */
  readonly startS: number;
  readonly endS: number;
  readonly firstKnot: number;
  readonly knots: number;
  readonly knotStepS: number;
  readonly isDc: boolean;
  /** A rest with the car switched on, before it drives off. */
  readonly isStarted: boolean;
  /** A rest right after a charge that reached its target. */
  readonly isComplete: boolean;
}

/** What one day hands to the next. */
export interface CarState {
  /** True state of charge as a fraction. */
  readonly soc: number;
  readonly packC: number;
  readonly odometerKm: number;
  /** Time since the last drive or charge ended, s. */
  readonly idleS: number;
}

export interface Trace {
  readonly segments: readonly Segment[];
  /** True pack current, A, positive in discharge. */
  readonly currentA: Float64Array;
  readonly soc: Float64Array;
  readonly speedKmh: Float64Array;
  readonly packC: Float64Array;
  readonly odometerKm: Float64Array;
  /** Time the car had stood when the day began, s. */
  readonly idleS: number;
  readonly end: CarState;
}

/** Position of a moment among the knots: index of the knot before and the share of the way to the next. */
export interface KnotPosition {
  knot: number;
  share: number;
}

/** Finds where second `atS` of the day lies among a segment's knots; writes into `into` to spare an allocation. */
export function locate(segment: Segment, atS: number, into: KnotPosition): void {
  const steps = (atS - segment.startS) / segment.knotStepS;
  const last = segment.knots - 1;
  const index = Math.min(Math.max(Math.floor(steps), 0), Math.max(last - 1, 0));
  into.knot = segment.firstKnot + index;
  into.share = last === 0 ? 0 : Math.min(Math.max(steps - index, 0), 1);
}

/** Value of a series of knots at a position. */
export function at(series: Float64Array, position: KnotPosition): number {
  const low = series[position.knot] ?? 0;
  return position.share === 0 ? low : low + ((series[position.knot + 1] ?? low) - low) * position.share;
}
