import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import {
  AXLE_SHARE,
  AXLES,
  type Axle,
  type AxleWear,
  type LearntWear,
  learnPadWear,
  type WearObservation,
} from "../detectors/brake/padEnergy.ts";
import { addDays, type Day } from "../engine/days.ts";
import { NO_JIT } from "../engine/settings.ts";
import { insertIdempotent } from "../engine/state.ts";
import { createWeekly, type Weekly } from "./weekly.ts";

/** What is known of a vehicle's pads besides its telemetry. */
export interface PadWear {
  readonly wear: Readonly<Record<Axle, AxleWear | null>>;
  /** Odometer at the last brake repair on record. */
  readonly changedAtKm: number | null;
}

/** What the fleet's pads taught before a week. */
export interface BrakeWear {
  of(vin: string, model: string): PadWear;
}

const LOOKBACK_DAYS = 180;
/** Shorter stretches show the sensors' noise, km. */
const SPAN_MIN_KM = 5_000;
const WATCHED_MIN_KM = 500;
/** A fall by this much is a new pad, %. */
const REPLACED_PCT = 15;
/** Pads are changed before their limit, and cars first seen so new still have their first ones. */
const WORN_AT_CHANGE_PCT = 85;
const NEW_CAR_KM = 5_000;

const observationRow = z.object({
  model: z.string(),
  mj_per_km: z.number(),
  front_pct_per_km: z.number().nullable(),
  rear_pct_per_km: z.number().nullable(),
});
const changeRow = z.object({
  vin: z.string(),
  model: z.string(),
  at_km: z.number(),
  first_km: z.number(),
  mj_per_km: z.number().nullable(),
});
const keptRow = z.object({
  model: z.string(),
  axle: z.enum(AXLES),
  pct_per_mj: z.number(),
  spread: z.number(),
  by_sensor: z.number(),
  by_repair: z.number(),
});

const MASTERS = "SELECT vin, argMax(model, revision) AS model FROM vehicles GROUP BY vin";
const NAMED = "mapContains(features, 'frictionKj') AND features['brakedKm'] > 0";
/** Cars of a model that are enough to learn from, whatever the fleet. */
const SAMPLE_SQL = `SELECT vin FROM (${MASTERS}) ORDER BY cityHash64(vin) LIMIT 200 BY model`;
const CHANGED_SQL = "SELECT vin FROM labels WHERE component = 'brake'";
// FINAL: a recomputed day replaces its row; half a year of one family of some vehicles, once a week.
const brakingSql = (vins: string): string => `
  SELECT vin, sumIf(features['frictionKj'], ${NAMED}) / 1000 / sumIf(features['brakedKm'], ${NAMED}) AS mj_per_km, sumIf(features['brakedKm'], ${NAMED}) AS watched_km,
    groupArray((features['odometerKm'], greatest(features['padFlPct'], features['padFrPct']), greatest(features['padRlPct'], features['padRrPct']))) AS pads
  FROM (
    SELECT vin, features FROM daily_features FINAL
    WHERE vin IN (${vins}) AND family = 'brake' AND day >= {from:Date} AND day < {week:Date} AND mapContains(features, 'odometerKm') ORDER BY vin, day
  ) GROUP BY vin HAVING watched_km >= ${WATCHED_MIN_KM} AND mj_per_km > 0`;
/** Slope of an axle's wear over the distance, of cars that measure it and whose pads were not changed meanwhile. */
const slopeSql = (part: 2 | 3): string =>
  `if(arrayMax(pads.${part}) > 0 AND arrayMin(arrayDifference(pads.${part})) > -${REPLACED_PCT}, arrayReduce('simpleLinearRegression', pads.1, pads.${part}).1, NULL)`;
const SENSORS_SQL = `
  SELECT model, mj_per_km, ${slopeSql(2)} AS front_pct_per_km, ${slopeSql(3)} AS rear_pct_per_km
  FROM (${brakingSql(SAMPLE_SQL)}) AS braking INNER JOIN (${MASTERS}) AS master USING (vin)
  WHERE arrayMax(pads.1) - arrayMin(pads.1) >= ${SPAN_MIN_KM} AND (arrayMax(pads.2) > 0 OR arrayMax(pads.3) > 0) ORDER BY vin`;
/** Brake repairs with the odometer of the last day before each, oldest first. */
const CHANGES_SQL = `
  SELECT changed.vin AS vin, model, at_km, first_km, if(braking.mj_per_km > 0, braking.mj_per_km, NULL) AS mj_per_km FROM (
    SELECT vin, repaired, maxIf(km, day <= repaired) AS at_km, min(km) AS first_km FROM (
      SELECT vin, toDate(at) AS repaired FROM labels FINAL
      WHERE component = 'brake' AND outcome IN ('confirmed', 'already_repaired') AND at < toDateTime64({week:Date}, 3, 'UTC')
    ) AS repairs INNER JOIN (
      SELECT vin, day, features['odometerKm'] AS km FROM daily_features FINAL
      WHERE family = 'usage' AND day < {week:Date} AND mapContains(features, 'odometerKm') AND vin IN (${CHANGED_SQL})
    ) AS driven USING (vin) GROUP BY vin, repaired HAVING at_km > 0
  ) AS changed INNER JOIN (${MASTERS}) AS master USING (vin) LEFT JOIN (${brakingSql(CHANGED_SQL)}) AS braking USING (vin) ORDER BY vin, at_km`;

/** Wear per energy and changes of pads, written once per week into `brake_wear` and `pad_changes`; null until somebody teaches something. */
export function createBrakeWear(store: ColumnStore): Weekly<BrakeWear | null> {
  return createWeekly<BrakeWear | null>(null, { read: (week) => readKept(store, week), learn: (week, nowMs) => learn(store, week, nowMs) });
}

async function readKept(store: ColumnStore, week: Day): Promise<{ readonly learnt: BrakeWear } | null> {
  // FINAL: a week whose learning was interrupted is written twice.
  const rows = await store.query(
    "SELECT model, axle, pct_per_mj, spread, by_sensor, by_repair FROM brake_wear FINAL WHERE week = {week:Date}",
    keptRow,
    { params: { week } },
  );
  if (!rows.some(({ model }) => model === "")) return null;
  const changes = await store.query(
    "SELECT vin, at_km FROM pad_changes FINAL WHERE week = {week:Date}",
    z.object({ vin: z.string(), at_km: z.number() }),
    { params: { week } },
  );
  const changedAtKm = new Map(changes.map(({ vin, at_km }) => [vin, at_km]));
  const wear = new Map(rows.map((row) => [`${row.model}/${row.axle}`, row]));
  const axleOf = (model: string, axle: Axle): AxleWear | null => {
    const row = wear.get(`${model}/${axle}`) ?? wear.get(`/${axle}`);
    if (row === undefined || row.pct_per_mj === 0) return null;
    const of = row.model === "" ? "fleet" : "model";
    return { pctPerMj: row.pct_per_mj, spread: row.spread, bySensor: row.by_sensor, byRepair: row.by_repair, of };
  };
  const learnt: BrakeWear = {
    of: (vin, model) => ({
      wear: { front: axleOf(model, "front"), rear: axleOf(model, "rear") },
      changedAtKm: changedAtKm.get(vin) ?? null,
    }),
  };
  return { learnt };
}

async function learn(store: ColumnStore, week: Day, nowMs: number): Promise<void> {
  const asked = { params: { week, from: addDays(week, -LOOKBACK_DAYS) }, settings: NO_JIT };
  const [sensed, changes] = [await store.query(SENSORS_SQL, observationRow, asked), await store.query(CHANGES_SQL, changeRow, asked)];
  const learnt = learnPadWear([...sensed.flatMap(bySensor), ...byRepair(changes)]);
  const computed_at = new Date(nowMs).toISOString();
  const last = new Map(changes.map(({ vin, at_km }) => [vin, { week, vin, at_km, computed_at }]));
  await insertIdempotent(store, "pad_changes", [...last.values()]);
  await insertIdempotent(
    store,
    "brake_wear",
    learnt.filter(({ model }) => model !== "").map((row) => tableRow(row, week, computed_at)),
  );
  const fleet = AXLES.map((axle) => learnt.find((row) => row.model === "" && row.axle === axle) ?? nobody(axle));
  await insertIdempotent(
    store,
    "brake_wear",
    fleet.map((row) => tableRow(row, week, computed_at)),
  );
}

function nobody(axle: Axle): LearntWear {
  return { model: "", axle, pctPerMj: 0, spread: 0, bySensor: 0, byRepair: 0 };
}

function tableRow({ model, axle, pctPerMj, spread, bySensor: by_sensor, byRepair: by_repair }: LearntWear, week: Day, computed_at: string) {
  return { week, model, axle, pct_per_mj: pctPerMj, spread, by_sensor, by_repair, computed_at };
}

function bySensor({ model, mj_per_km, front_pct_per_km, rear_pct_per_km }: z.infer<typeof observationRow>): WearObservation[] {
  const slopes = { front: front_pct_per_km, rear: rear_pct_per_km };
  return AXLES.flatMap((axle) => {
    const pctPerMj = (slopes[axle] ?? 0) / (mj_per_km * AXLE_SHARE[axle]);
    return pctPerMj > 0 ? [{ model, axle, pctPerMj, by: "sensor" as const }] : [];
  });
}

/** The distance between two changes, or from new, and what the axle takes up on it. Orders do not name the axle: the front one wears first. */
function byRepair(changes: readonly z.infer<typeof changeRow>[]): WearObservation[] {
  return changes.flatMap(({ vin, model, at_km, first_km, mj_per_km }, i) => {
    const before = changes[i - 1];
    const fromKm = before?.vin === vin ? before.at_km : 0;
    if (mj_per_km === null || at_km - fromKm < SPAN_MIN_KM || (fromKm === 0 && first_km > NEW_CAR_KM)) return [];
    return [{ model, axle: "front", pctPerMj: WORN_AT_CHANGE_PCT / ((at_km - fromKm) * mj_per_km * AXLE_SHARE.front), by: "repair" }];
  });
}
