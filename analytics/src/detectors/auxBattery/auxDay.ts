/** One day of a car's 12 V battery; null is not known. */
export interface AuxDay {
  /** Days since 1970. */
  readonly dayNumber: number;
  /** Voltage at rest, V. */
  readonly restV: number | null;
  /** Lowest while nothing feeds the network, V. */
  readonly minV: number | null;
  /** First and last report of the day, where at rest, with the hour. */
  readonly first: { readonly v: number; readonly hour: number } | null;
  readonly last: { readonly v: number; readonly hour: number } | null;
  readonly recharges: number;
  /** Time the converter worked, h. */
  readonly fedH: number;
}
