import type { Component, Evidence, Severity } from "@bellwether/contracts/finding";
import type { Day } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import type { Words } from "../sentence.ts";
import type { Detection, VehicleView } from "./detector.ts";

/** A detection in the detector's own terms: days instead of instants. */
export interface Described {
  readonly sourceId: string;
  readonly component: Component;
  readonly cell?: number | null;
  readonly severity: Severity;
  readonly fromDay: Day;
  readonly value: number | null;
  readonly unit: string;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly threshold?: number | null;
  readonly samples: number;
  readonly readings: Detection["evidence"]["readings"];
  readonly series?: Evidence["series"];
  readonly words?: Words;
}

/** Fills in what every detection has: the evidence's window and its numbers rounded; value, low, high and threshold are words as well. */
export function describe(view: VehicleView, described: Described): Detection {
  const { sourceId, component, severity, unit, samples, readings } = described;
  const [value, low, high, threshold] = [described.value, described.low, described.high, described.threshold].map((x) =>
    rounded(x ?? null),
  );
  const numbers = { value: value ?? null, low: low ?? null, high: high ?? null, threshold: threshold ?? null };
  const window = { from: new Date(dayMs(described.fromDay, view)).toISOString(), to: new Date(view.lastDataMs).toISOString() };
  return {
    ...{ sourceId, component, severity, cell: described.cell ?? null },
    evidence: { ...numbers, unit, ...window, samples, readings, series: [...(described.series ?? [])] },
    words: { ...numbers, ...described.words },
  };
}

/** Points of one number per day as the evidence chart draws them. */
export function daySeries(
  view: VehicleView,
  { name, unit, points }: { name: string; unit: string; points: readonly (readonly [day: Day, value: number | null])[] },
): Evidence["series"][number] {
  return { name, unit, at: points.map(([day]) => dayMs(day, view)), values: points.map(([, value]) => rounded(value)) };
}

/** A feature's days that have it, oldest first, from `from` on. */
export function featureDays(days: readonly DayFeatures[] | undefined, feature: string, from: Day = ""): { day: Day; value: number }[] {
  return (days ?? []).flatMap(({ day, values }) => {
    const value = values[feature];
    return value === undefined || day < from ? [] : [{ day, value }];
  });
}

/** Start of a day in ms, in the fleet's zone. */
export function dayMs(day: Day, view: Pick<VehicleView, "day" | "dayStartMs">): number {
  return Date.parse(day) - Date.parse(view.day) + view.dayStartMs;
}

/** Five significant digits: more is noise and fills the tables. */
export function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(5));
}
