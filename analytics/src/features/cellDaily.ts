/**
 * One vehicle's day in one load state, per cell: the row of table `cell_daily` as the abnormal-cell detector reads it.
 * All arrays have `cells` elements; element i belongs to cell i+1.
 *
 * How a row of telemetry enters it (one definition for the SQL roll-up and for `createCellRollUp`):
 * 1. A reading is plausible inside 1.5..4.5 V (methods 0.2, item 2); an absent one is missing, not implausible. A row with
 *    more than 5 % of its cells implausible, with fewer than half of its cells usable, or with another number of cells
 *    than the day's most frequent, is left out as a whole: such rows are shifted or torn frames, and their
 *    plausible-looking readings belong to other cells. A left-out row counts nowhere.
 * 2. deviation = cell voltage - median of the row's plausible cells.
 * 3. load: 'charge' when parked and charging (charge state, or current < -3 A at speed 0 where the state is missing);
 *    else 'rest' when |current| <= 3 A; else 'drive'. A row without current is left out.
 */
export interface CellDay {
  /** YYYY-MM-DD in the fleet's zone (`analyticsDayOffsetMinutes`): a day is the driver's. */
  readonly day: string;
  readonly load: CellLoad;
  /** Rows used. */
  readonly samples: number;
  readonly cells: number;
  /** Mean over the day of (cell voltage - median of the row), mV; null where the cell had no usable reading. */
  readonly deviationMeanMv: readonly (number | null)[];
  readonly deviationSdMv: readonly (number | null)[];
  readonly deviationMinMv: readonly (number | null)[];
  /** -cov(current, deviation)/var(current) in milliohm, discharge positive; > 0: sags more under load than the pack. */
  readonly excessResistanceMohm: readonly (number | null)[];
  /** Rows in which the cell was the lowest of the pack. */
  readonly lowest: readonly number[];
  /** Plausible readings per cell. */
  readonly usable: readonly number[];
  /** Readings outside 1.5..4.5 V per cell. */
  readonly implausible: readonly number[];
  /** The cell's voltage never moved in >= 200 plausible readings while the row median moved by >= 20 mV, or in >= 50 while it moved by >= 100 mV. */
  readonly stuck: readonly boolean[];
  readonly currentMeanA: number | null;
  readonly currentSdA: number | null;
  readonly socMeanPct: number | null;
}

/** Load states of a roll-up row; the same names as the enum of `cell_daily.load`. */
export const CELL_LOADS = ["rest", "charge", "drive"] as const;
export type CellLoad = (typeof CELL_LOADS)[number];
