import type { Component, Evidence, Severity } from "@bellwether/contracts/finding";
import { quantile } from "simple-statistics";
import type { DayFeatures } from "../features/family.ts";
import type { Words } from "../sentence.ts";
import type { Detection, Judgement, VehicleView } from "./detector.ts";

/** What the detectors of daily numbers share: why there is no statement, and the form of one. */

const DAY_MS = 86_400_000;

/** Why a detector makes no statement about a car; the list is closed. */
export const UNJUDGED = [
  /** No report of the day carried the signal. */
  "missing_signal",
  /** Values only another unit explains: psi or bar for kPa, miles for km. */
  "implausible_unit",
  /** Values no unit explains. */
  "implausible_value",
  /** The signal is there, but not in the situation the test needs. */
  "situation_not_seen",
  /** The test needs more days, or more kilometres. */
  "not_enough_history",
  /** Too few cars of the model to compare with. */
  "too_few_peers",
] as const;
export type Unjudged = (typeof UNJUDGED)[number];

/** A judgement that says why there is none. */
export function unjudged(reason: Unjudged, samples = 0): Judgement {
  return { detections: null, notEvaluated: { reason, samples } };
}

/** Days of a feature family up to the view's day; today's row is the last one or undefined. */
export function daysOf(
  view: VehicleView,
  family: string,
): { readonly days: readonly DayFeatures[]; readonly today: DayFeatures | undefined } {
  const days = view.series.daily[family] ?? [];
  const last = days.at(-1);
  return { days, today: last?.day === view.day ? last : undefined };
}

/** Days since 1970 of a day of the fleet's zone. */
export function dayNumberOf(day: string): number {
  return Math.round(Date.parse(day) / DAY_MS);
}

/** The day of a number of days since 1970. */
export function dayOfNumber(dayNumber: number): string {
  return new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
}

/** One series for the evidence chart, by day. */
export interface DailySeries {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly { readonly day: string; readonly value: number | null }[];
}

/** A detection as detectors of daily numbers state it. */
export interface DailyStatement {
  readonly sourceId: string;
  readonly component: Component;
  readonly severity: Severity;
  readonly value: number | null;
  readonly unit: string;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly threshold?: number | null;
  readonly fromDay: string;
  readonly samples: number;
  readonly readings: Evidence["readings"];
  readonly series?: readonly DailySeries[];
  readonly words: Words;
}

/** The detection of a statement about the view's day; values are rounded to a thousandth. */
export function detectionOf(view: VehicleView, statement: DailyStatement): Detection {
  const { sourceId, component, severity, unit, fromDay, samples, readings, series = [], words } = statement;
  const dayMs = (day: string): number => Date.parse(day) - Date.parse(view.day) + view.dayStartMs;
  return {
    sourceId,
    component,
    cell: null,
    severity,
    evidence: {
      value: rounded(statement.value),
      unit,
      low: rounded(statement.low ?? null),
      high: rounded(statement.high ?? null),
      threshold: rounded(statement.threshold ?? null),
      from: new Date(dayMs(fromDay)).toISOString(),
      to: new Date(view.lastDataMs).toISOString(),
      samples,
      readings: Object.fromEntries(Object.entries(readings).map(([name, one]) => [name, typeof one === "number" ? rounded(one) : one])),
      series: series.map(({ name, unit: seriesUnit, points }) => ({
        name,
        unit: seriesUnit,
        at: points.map(({ day }) => dayMs(day)),
        values: points.map(({ value }) => rounded(value)),
      })),
    },
    words,
  };
}

/** Where eight in ten of the days' values lie, drawn out to `value`, which may come from some of them only. */
export function spread80(values: readonly number[], value: number): { readonly low: number; readonly high: number } {
  if (values.length === 0) return { low: value, high: value };
  return { low: Math.min(value, quantile([...values], 0.1)), high: Math.max(value, quantile([...values], 0.9)) };
}

function rounded(x: number | null): number | null {
  return x === null ? null : Math.round(x * 1000) / 1000;
}
