/** Stretches in which nothing fed the battery and nothing was reported. */
export interface Pauses {
  readonly count: number;
  readonly lossMv: number;
  readonly h: number;
}

/** One day of a car's 12 V battery; null is not known. */
export interface AuxDay {
  /** Days since 1970. */
  readonly dayNumber: number;
  /** Voltage at rest, V; after hours of silence where the car's reports allow it. */
  readonly restV: number | null;
  /** Lowest while nothing feeds the network, V. */
  readonly minV: number | null;
  /** First and last report of the day, where at rest, with the hour. */
  readonly first: { readonly v: number; readonly hour: number } | null;
  readonly last: { readonly v: number; readonly hour: number } | null;
  /** Pauses of hours within the day: how many, the fall over them, mV, and their length, h. */
  readonly pauses: Pauses | null;
  readonly recharges: number;
  /** Time the converter worked, h. */
  readonly fedH: number;
}
