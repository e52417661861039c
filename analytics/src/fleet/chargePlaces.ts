import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { addDays, type Day } from "../engine/days.ts";
import { NO_JIT } from "../engine/settings.ts";
import { insertIdempotent } from "../engine/state.ts";
import type { ChargeCounts, ChargeFleet, PlaceRecord } from "./chargeCounts.ts";
import { createWeekly, type Weekly } from "./weekly.ts";

const LOOKBACK_DAYS = 60;
const VEHICLES_MIN = 20;
const CHARGES_MIN = 200;
/** Faulty cars are among those it is learnt from and make it larger, so it is held; few charges make it 0. */
const RHO = [0.01, 0.03] as const;
const WORST_SHARE = 0.1;
const FLEET_ROW = 0;

const countRow = z.object({
  place: z.number(),
  vehicles: z.number(),
  ac_charges: z.number(),
  ac_stopped: z.number(),
  dc_charges: z.number(),
  dc_stopped: z.number(),
});
const keptRow = countRow.extend({ rho: z.number().nullable() });

const SUMS = `sum(features['acCharges']) AS ac_charges, sum(features['acStopped']) AS ac_stopped, sum(features['dcCharges']) AS dc_charges,
  sum(features['dcStopped']) AS dc_stopped`;
// FINAL: a recomputed day replaces its row; two months of one small family, once a week.
const DAYS = "FROM daily_features FINAL WHERE family = 'chargeStops' AND day >= {from:Date} AND day < {week:Date}";
const PLACES_SQL = `SELECT features['place'] AS place, toUInt32(uniqExact(vin)) AS vehicles, ${SUMS} ${DAYS} AND mapContains(features, 'place') GROUP BY place HAVING vehicles >= 2`;
const VEHICLES_SQL = `SELECT toFloat64(0) AS place, toUInt32(1) AS vehicles, ${SUMS} ${DAYS} GROUP BY vin`;

const RECORDS_SQL = `SELECT place, groupArray(vin) AS vins, groupArray(ac_charges) AS ac_charges, groupArray(ac_stopped) AS ac_stopped,
    groupArray(dc_charges) AS dc_charges, groupArray(dc_stopped) AS dc_stopped FROM (
    SELECT features['place'] AS place, vin, ${SUMS} ${DAYS} AND mapContains(features, 'place') GROUP BY place, vin ORDER BY vin
  ) GROUP BY place HAVING count() >= 2 ORDER BY place`;
const recordRow = z.object({
  place: z.number(),
  vins: z.array(z.string()),
  ac_charges: z.array(z.number()),
  ac_stopped: z.array(z.number()),
  dc_charges: z.array(z.number()),
  dc_stopped: z.array(z.number()),
});

/** The two months before a week at every place of two or more cars, car by car. */
export async function readPlaceRecords(store: ColumnStore, week: Day): Promise<PlaceRecord[]> {
  const rows = await store.query(RECORDS_SQL, recordRow, { params: { week, from: addDays(week, -LOOKBACK_DAYS) }, settings: NO_JIT });
  return rows.map(({ place, vins, ...counts }) => ({
    place,
    cars: vins.map((vin, i) => ({
      vin,
      ...{ acCharges: counts.ac_charges[i] ?? 0, acStopped: counts.ac_stopped[i] ?? 0 },
      ...{ dcCharges: counts.dc_charges[i] ?? 0, dcStopped: counts.dc_stopped[i] ?? 0 },
    })),
  }));
}

/** Counts of charges per place from `daily_features`, written once per week into `charge_places`; null where the fleet is too small. */
export function createChargePlaces(store: ColumnStore): Weekly<ChargeFleet | null> {
  return createWeekly<ChargeFleet | null>(null, {
    read: (week) => readKept(store, week),
    learn: (week, nowMs) => learn(store, week, nowMs),
  });
}

async function readKept(store: ColumnStore, week: Day): Promise<{ readonly learnt: ChargeFleet | null } | null> {
  // FINAL: a week whose learning was interrupted is written twice.
  const rows = await store.query(
    "SELECT place, vehicles, ac_charges, ac_stopped, dc_charges, dc_stopped, rho FROM charge_places FINAL WHERE week = {week:Date}",
    keptRow,
    { params: { week } },
  );
  const head = rows.find(({ place }) => place === FLEET_ROW);
  if (head === undefined) return null;
  if (head.rho === null) return { learnt: null };
  const others = rows.filter(({ place }) => place !== FLEET_ROW);
  return { learnt: { fleet: countsOf(head), rho: head.rho, places: new Map(others.map((row) => [row.place, countsOf(row)])) } };
}

function countsOf(row: z.infer<typeof countRow>): ChargeCounts & { readonly vehicles: number } {
  const { vehicles, ac_charges, ac_stopped, dc_charges, dc_stopped } = row;
  return { vehicles, acCharges: ac_charges, acStopped: ac_stopped, dcCharges: dc_charges, dcStopped: dc_stopped };
}

async function learn(store: ColumnStore, week: Day, nowMs: number): Promise<void> {
  const asked = { params: { week, from: addDays(week, -LOOKBACK_DAYS) }, settings: NO_JIT };
  const cars = await store.query(VEHICLES_SQL, countRow, asked);
  const usual = withoutWorst(cars);
  const total = usual.reduce((sum, car) => addCounts(sum, car), { ac_charges: 0, ac_stopped: 0, dc_charges: 0, dc_stopped: 0 });
  const isEnough = cars.length >= VEHICLES_MIN && total.ac_charges + total.dc_charges >= CHARGES_MIN;
  const places = isEnough ? await store.query(PLACES_SQL, countRow, asked) : [];
  const computed_at = new Date(nowMs).toISOString();
  const rho = isEnough ? spreadOf(usual.map((car) => [car.ac_stopped + car.dc_stopped, car.ac_charges + car.dc_charges])) : null;
  const head = { week, place: FLEET_ROW, vehicles: cars.length, ...total, rho, computed_at };
  const others = places.filter(({ place }) => place !== FLEET_ROW).map((row) => ({ week, ...row, rho: null, computed_at }));
  // The fleet's row comes last: with it the week is complete.
  await insertIdempotent(store, "charge_places", others);
  await insertIdempotent(store, "charge_places", [head]);
}

/** Faulty cars are not what is usual: the tenth with the largest shares is left out. */
function withoutWorst(cars: readonly z.infer<typeof countRow>[]): readonly z.infer<typeof countRow>[] {
  const shareOf = (car: z.infer<typeof countRow>) => (car.ac_stopped + car.dc_stopped) / Math.max(car.ac_charges + car.dc_charges, 1);
  return cars.toSorted((a, b) => shareOf(a) - shareOf(b)).slice(0, Math.ceil((1 - WORST_SHARE) * cars.length));
}

type Sums = Omit<z.infer<typeof countRow>, "place" | "vehicles">;

function addCounts(a: Sums, b: Sums): Sums {
  return {
    ac_charges: a.ac_charges + b.ac_charges,
    ac_stopped: a.ac_stopped + b.ac_stopped,
    dc_charges: a.dc_charges + b.dc_charges,
    dc_stopped: a.dc_stopped + b.dc_stopped,
  };
}

/** Moment estimate of the intra-car correlation of a beta-binomial (Kleinman, JASA 68 (1973) 46), within limits. */
export function spreadOf(cars: readonly (readonly [stopped: number, charges: number])[]): number {
  const charged = cars.filter(([, n]) => n > 0);
  const charges = charged.reduce((sum, [, n]) => sum + n, 0);
  const p = charged.reduce((sum, [x]) => sum + x, 0) / charges;
  const squares = charged.reduce((sum, [x, n]) => sum + n * (x / n - p) ** 2, 0);
  const effective = charges - charged.reduce((sum, [, n]) => sum + n * n, 0) / charges;
  const degrees = charged.length - 1;
  const variance = p * (1 - p);
  const rho = variance === 0 ? 0 : (squares - degrees * variance) / ((effective - degrees) * variance);
  return Math.min(Math.max(Number.isFinite(rho) ? rho : 0, RHO[0]), RHO[1]);
}
