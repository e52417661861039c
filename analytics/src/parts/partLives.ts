import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { addDays, type Day } from "../engine/days.ts";
import { insertIdempotent } from "../engine/state.ts";
import { lifeOfPart, type PartHistory } from "./lifeOfPart.ts";

const DAYS_PER_MONTH = 365.25 / 12;
const WEEKS_PER_MONTH = DAYS_PER_MONTH / 7;

const carRow = z.object({
  vin: z.string(),
  model: z.string(),
  born: z.number(),
  first_day: z.number(),
  last_day: z.number(),
  first_km: z.number().nullable(),
  last_km: z.number().nullable(),
});
type Car = z.infer<typeof carRow>;
const repairRow = z.object({ vin: z.string(), component: z.string(), day: z.number(), km: z.number().nullable() });
type Repair = z.infer<typeof repairRow>;

export interface LivesScope {
  readonly store: ColumnStore;
  readonly leadWeeks: number;
  readonly nowMs: number;
}

/** Learns how long components last from everything up to the end of the week that begins on `week`, into table `part_lives`. */
export async function writePartLives({ store, leadWeeks, nowMs }: LivesScope, week: Day): Promise<number> {
  const end = addDays(week, 7);
  const repairs = await readRepairs(store, end);
  if (repairs.length === 0) return 0;
  const models = groupBy(await readCars(store, end), ({ model }) => model);
  const components = groupBy(repairs, ({ component }) => component);
  const rows = [...models].flatMap(([model, cars]) =>
    [...components].flatMap(([component, ofComponent]) => {
      const first = new Map(ofComponent.toReversed().map((repair) => [repair.vin, repair]));
      const failures = cars.filter(({ vin }) => first.has(vin)).length;
      return failures === 0 ? [] : [rowOf({ week, model, component, cars, first, failures, leadWeeks, nowMs })];
    }),
  );
  await insertIdempotent(store, "part_lives", rows);
  return rows.length;
}

interface Asked {
  readonly week: Day;
  readonly model: string;
  readonly component: string;
  readonly cars: readonly Car[];
  /** Each vehicle's first repair of the component. */
  readonly first: ReadonlyMap<string, Repair>;
  readonly failures: number;
  readonly leadWeeks: number;
  readonly nowMs: number;
}

function rowOf({ week, model, component, cars, first, failures, leadWeeks, nowMs }: Asked): object {
  const histories = cars.map((car) => historyOf(car, first.get(car.vin)));
  const weeksBy = (day: number) => cars.reduce((sum, car) => sum + Math.max(0, Math.min(day, car.last_day) - car.first_day) / 7, 0);
  const failuresAt = cars.flatMap(({ vin }) => (first.has(vin) ? [weeksBy(first.get(vin)?.day ?? 0)] : []));
  const exposure = weeksBy(Number.POSITIVE_INFINITY);
  const { byAge, byKm, growth, quantity } = lifeOfPart(histories, { failuresAt, exposure, leadMonths: leadWeeks / WEEKS_PER_MONTH });
  return {
    ...{ week, model, component, vehicles: cars.length, failures, lead_weeks: leadWeeks, computed_at: new Date(nowMs).toISOString() },
    ...{ shape: byAge?.shape ?? null, scale_months: byAge?.scale ?? null, shape_km: byKm?.shape ?? null },
    ...interval(byAge?.b10, ["b10_low", "b10_months", "b10_high"]),
    ...interval(byKm?.b10, ["b10_km_low", "b10_km", "b10_km_high"]),
    ...interval(quantity, ["quantity_low", "quantity", "quantity_high"]),
    ...interval(growth === null ? null : { ...growth, central: growth.beta }, ["growth_low", "growth", "growth_high"]),
    growth_trend: growth?.trend ?? "",
  };
}

/** An interval under the names of its three columns; NULL where there is none. */
function interval(
  found: { readonly low: number; readonly central: number; readonly high: number } | null | undefined,
  [low, central, high]: readonly [string, string, string],
): Record<string, number | null> {
  return { [low]: found?.low ?? null, [central]: found?.central ?? null, [high]: found?.high ?? null };
}

function historyOf(car: Car, repair: Repair | undefined): PartHistory {
  const endDay = repair?.day ?? car.last_day;
  return {
    months: (endDay - car.born) / DAYS_PER_MONTH,
    fromMonths: Math.max(0, Math.min(car.first_day, endDay) - car.born) / DAYS_PER_MONTH,
    km: repair === undefined ? car.last_km : repair.km,
    fromKm: car.first_km,
    isRepaired: repair !== undefined,
  };
}

/** First day and distance, and last, of every vehicle whose date of build is known; days since 1970. */
function readCars(store: ColumnStore, end: Day): Promise<Car[]> {
  return store.query(
    `SELECT vin, model, toInt32(built) AS born, toInt32(first) AS first_day, toInt32(last) AS last_day, first_km, last_km FROM (
       SELECT vin, min(day) AS first, max(day) AS last,
         argMinIf(features['odometerKm'], day, mapContains(features, 'odometerKm')) AS first_seen_km,
         argMaxIf(features['odometerKm'], day, mapContains(features, 'odometerKm')) AS last_seen_km,
         nullIf(first_seen_km, 0) AS first_km, nullIf(last_seen_km, 0) AS last_km
       FROM daily_features WHERE family = 'usage' AND day < {end:Date} GROUP BY vin
     ) AS seen INNER JOIN (
       SELECT vin, argMax(model, revision) AS model, argMax(tuple(built_on), revision).1 AS built FROM vehicles GROUP BY vin
     ) AS master USING (vin) WHERE isNotNull(built) ORDER BY vin`,
    carRow,
    { params: { end } },
  );
}

/** Repairs in order of time, with the odometer of the last day before each. */
function readRepairs(store: ColumnStore, end: Day): Promise<Repair[]> {
  return store.query(
    `SELECT repairs.vin AS vin, component, toInt32(repaired) AS day, nullIf(maxIf(km, usage_day <= repaired), 0) AS km FROM (
       SELECT vin, component, toDate(at) AS repaired FROM labels FINAL
       WHERE outcome IN ('confirmed', 'already_repaired') AND at < toDateTime64({end:Date}, 3, 'UTC')
     ) AS repairs LEFT JOIN (
       SELECT vin, day AS usage_day, features['odometerKm'] AS km FROM daily_features
       WHERE family = 'usage' AND day < {end:Date} AND vin IN (SELECT vin FROM labels WHERE outcome IN ('confirmed', 'already_repaired'))
     ) AS driven USING (vin) GROUP BY vin, component, repaired ORDER BY repaired, vin, component`,
    repairRow,
    { params: { end } },
  );
}

function groupBy<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
