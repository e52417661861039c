import type { CellMeasure } from "./params.ts";

/** Why a vehicle could not be judged on a day; nothing silent. */
const NOT_EVALUATED_REASONS = ["no_cell_data", "too_few_cells", "too_few_samples_on_day", "too_few_usable_days"] as const;
export type NotEvaluatedReason = (typeof NOT_EVALUATED_REASONS)[number];

/** One value per usable day, oldest first. */
export interface DaySeries {
  readonly day: string;
  readonly deviationMv: number | null;
}

export interface AbnormalCell {
  /** 1-based. */
  readonly cell: number;
  /**
   * Low: reads or sags lower than the pack. Erratic: scatters more than the others. Never merely high: a high cell is a
   * secondary effect far more often than a fault (methods 2.2, ev-cell-faults car 2).
   */
  readonly direction: "low" | "erratic";
  /** Names of the tiers that fired, strongest first. */
  readonly tests: readonly string[];
  readonly measure: CellMeasure;
  /** First day of the uninterrupted run (one quiet usable day forgiven) on which the cell alone was past the strongest tier's depth. */
  readonly sinceDay: string;
  /** First of the recent days on whose strength it is reported now. */
  readonly evidenceDay: string;
  /** What deviationMv and series are measured against: the neighbours only where the cell's module sits above the pack. */
  readonly reference: "pack" | "neighbours";
  /** Median over the recent days of the cell's deviation from the reference, mV. */
  readonly deviationMv: number;
  /** Change of the cell's deviation from the pack median since its own baseline, mV; null before there is one. */
  readonly changeMv: number | null;
  /** Of the strongest tier, in that tier's unit. */
  readonly statistic: number;
  readonly unit: "mV" | "mohm" | "ln(ratio)";
  readonly gap: number;
  readonly zScore: number;
  readonly depthThreshold: number;
  readonly gapThreshold: number;
  readonly daysUsed: number;
  readonly samplesUsed: number;
  /** 0..1: how far past its thresholds, 1 at twice the depth and gap or when two different measures agree. */
  readonly confidence: number;
  readonly severity: "advice" | "warning";
  /** Deviation from the reference per usable day, the last 60 at most. */
  readonly series: readonly DaySeries[];
}

/** A channel that reports nonsense: a wire, a connector or the measuring chip, and no statement about the cell behind it. */
export interface SensorFault {
  readonly cell: number;
  readonly reason: "stuck" | "implausible_readings";
  readonly days: number;
}

export type CellVerdict =
  | { readonly kind: "abnormal"; readonly day: string; readonly cells: readonly AbnormalCell[]; readonly sensors: readonly SensorFault[] }
  | { readonly kind: "normal"; readonly day: string; readonly daysUsed: number; readonly sensors: readonly SensorFault[] }
  | { readonly kind: "not_evaluated"; readonly day: string | null; readonly reason: NotEvaluatedReason };
