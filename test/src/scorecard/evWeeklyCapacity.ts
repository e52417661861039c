/**
 * Scorecard of the capacity forecast: from each vehicle's first 8, 16, 24 and 32 weeks every later week, with what the fleet
 * teaches learnt from other vehicles only.
 */
import { type CapacityForecast, forecastCapacity, learnCapacityFleet } from "@bellwether/analytics/forecast/capacityForecast";
import type { WeeklyCapacityAh } from "@bellwether/analytics/forecast/fleetCurve";
import { BellwetherError } from "@bellwether/contracts/errors";
import { defineDataset, type Figure, type Folders } from "./dataset.ts";
import { coveragePct, meanErrorPct, type Scored, widthPct } from "./figures.ts";
import { idOf } from "./ids.ts";
import { numberIn, readRows, requireFiles } from "./tables.ts";

interface WeekPrediction {
  readonly vehicle: number | string;
  readonly origin_week: number;
  readonly week: number;
  readonly capacity_ah: number;
  readonly low80: number;
  readonly high80: number;
}

const ORIGINS = [8, 16, 24, 32];
const COLUMNS = ["vehicle", "week", "capacity"];
/** Measured on the same 12 vehicles, each forecast from the other 11: the mean curve of the others shifted to the first weeks. */
const SHIFTED_CURVE: Readonly<Record<number, string>> = { 8: "1.27", 16: "1.28", 24: "1.34", 32: "1.43" };

export const evWeeklyCapacity = defineDataset<WeekPrediction>({
  name: "ev-weekly-capacity",
  predict: predictAll,
  score: async (predictions, { input }) => {
    const vehicles = await readVehicles(input);
    const scored = ORIGINS.map((origin) => ({ origin, pairs: pairsAt(origin, predictions, vehicles) }));
    return scored.every(({ pairs }) => pairs.length === 0) ? null : scored.flatMap(({ origin, pairs }) => figuresAt(origin, pairs));
  },
});

async function* predictAll({ input, train }: Folders): AsyncIterable<WeekPrediction> {
  const fleet = await readVehicles(train);
  for (const [vehicle, weeks] of await readVehicles(input)) {
    const others = [...fleet.values()].filter((other) => !isSameVehicle(other, weeks));
    const longest = Math.max(...others.map((other) => other.length));
    // A file that ends with what is known, rather than with weeks to compare, asks for a forecast as far as the fleet goes.
    const until = weeks.length > Math.max(...ORIGINS) ? weeks.length : Math.max(weeks.length, longest);
    const learnt = learnCapacityFleet(others, until);
    if (learnt === null) throw tooFew(train, others.length);
    for (const origin of ORIGINS.filter((o) => hasReached(weeks, o))) {
      for (const forecast of forecastCapacity(learnt, upTo(weeks, origin))) yield line(vehicle, origin, forecast);
    }
  }
}

/** Whether the vehicle was followed into the eight weeks before `origin`, and anything was measured until then, be it long before. */
function hasReached(weeks: WeeklyCapacityAh, origin: number): boolean {
  return weeks.length > origin - 8 && weeks.slice(0, origin).some((ah) => ah !== null);
}

function line(vehicle: string, origin: number, forecast: CapacityForecast): WeekPrediction {
  const { week, capacityAh, low80Ah, high80Ah } = forecast;
  return { vehicle: idOf(vehicle), origin_week: origin, week, capacity_ah: capacityAh, low80: low80Ah, high80: high80Ah };
}

/** Weekly capacities by vehicle; index is the week, null where unmeasured. */
async function readVehicles(folder: string): Promise<Map<string, WeeklyCapacityAh>> {
  const vehicles = new Map<string, (number | null)[]>();
  for (const file of await requireFiles(folder, COLUMNS)) {
    for await (const row of readRows(file)) {
      const week = numberIn(row, "week");
      const vehicle = row["vehicle"] ?? "";
      if (week === null || !Number.isInteger(week) || week < 0) continue;
      const weeks = vehicles.get(vehicle) ?? [];
      while (weeks.length <= week) weeks.push(null);
      weeks[week] = numberIn(row, "capacity");
      vehicles.set(vehicle, weeks);
    }
  }
  return vehicles;
}

function upTo(weeks: WeeklyCapacityAh, origin: number): WeeklyCapacityAh {
  return Array.from({ length: origin }, (_, week) => weeks[week] ?? null);
}

/** By content, not by number: other folders number their vehicles from 1, too. */
function isSameVehicle(a: WeeklyCapacityAh, b: WeeklyCapacityAh): boolean {
  const first = (weeks: WeeklyCapacityAh) => JSON.stringify(upTo(weeks, 8));
  return first(a) === first(b);
}

function pairsAt(origin: number, predictions: readonly WeekPrediction[], vehicles: ReadonlyMap<string, WeeklyCapacityAh>): Scored[] {
  return predictions.flatMap((p) => {
    const truth = vehicles.get(String(p.vehicle))?.[p.week] ?? null;
    const scored = { vehicle: String(p.vehicle), predicted: p.capacity_ah, low80: p.low80, high80: p.high80 };
    return p.origin_week !== origin || truth === null ? [] : [{ ...scored, truth }];
  });
}

function figuresAt(origin: number, pairs: readonly Scored[]): Figure[] {
  if (pairs.length === 0) return [];
  const baseline = `${SHIFTED_CURVE[origin]} shifted fleet curve (README, 20 vehicles: 1.26-1.30)`;
  return [
    meanErrorPct(pairs, { name: `${origin} weeks: MAPE %`, target: 1.1, baseline, published: "0.94 (mean of 4 origins, 20 vehicles)" }),
    coveragePct(pairs, { name: `${origin} weeks: coverage of 80 % interval, %`, target: [75, 85] }),
    widthPct(pairs, { name: `${origin} weeks: width of 80 % interval, %` }),
  ];
}

function tooFew(train: string, found: number): BellwetherError {
  const message = `${train}: expected at least 3 other vehicles that differ to learn from, got ${found}`;
  return new BellwetherError("input_unreadable", message, { retryable: false });
}
