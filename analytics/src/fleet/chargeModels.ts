import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { addDays, type Day, mondayOf } from "../engine/days.ts";
import { NO_JIT } from "../engine/settings.ts";
import { insertIdempotent } from "../engine/state.ts";
import { restsFamily } from "../features/families/rests.ts";
import { LEARN_VEHICLES_MIN, WIDE_SWING_PCT } from "../soh/chargeCurve.ts";
import { type ChargeModel, chargeModelSchema, learnChargeModel } from "../soh/chargeModel.ts";

export interface ChargeModels {
  /** What the charges before the day's week taught, by vehicle model; learnt once per week and kept. Nothing below 15 vehicles. */
  on(day: Day, vehicles: number, nowMs: number): Promise<ReadonlyMap<string, ChargeModel>>;
  /** What was known in the day's week, as it was kept then; nothing where nothing was. Learns nothing. */
  keptOn(day: Day): Promise<ReadonlyMap<string, ChargeModel>>;
}

const LOOKBACK_DAYS = 180;
/** Charges read per model: enough for the maps, and bounded whatever the fleet. */
const CURVES_MAX = 400;
const CHARGES_MAX = 4000;
const WAKES_MAX = 4000;
const SWING_MIN_PCT = 30;
const NOTHING: ReadonlyMap<string, ChargeModel> = new Map();

const wakeRow = z.object({ vin: z.string(), pack_v: z.number(), soc_pct: z.number() });
const numbers = z.custom<readonly number[]>(Array.isArray);
const keptRow = z.object({ model: z.string(), learnt: z.string() });
const modelRow = z.object({ model: z.string(), chemistry: z.string(), vehicles: z.number() });
const curveRow = z.object({ vin: z.string(), current_a: z.number(), socs: numbers, ahs: numbers, volts: numbers });
const chargeRow = z.object({
  vin: z.string(),
  month: z.number(),
  capacity_ah: z.number(),
  temp_c: z.number().nullable(),
  current_a: z.number(),
  is_dc: z.boolean(),
});

const MASTERS = "SELECT vin, argMax(model, revision) AS model, argMax(chemistry, revision) AS chemistry FROM vehicles GROUP BY vin";
const OF_THE_TIME = "started_at >= toDateTime64({from:Date}, 3, 'UTC') AND started_at < toDateTime64({week:Date}, 3, 'UTC')";
// FINAL: recomputed charges replace their row; the scan is half a year of charges, once a week.
const MODELS_SQL = `
  SELECT model, any(chemistry) AS chemistry, toUInt32(uniqExact(vin)) AS vehicles
  FROM charging_sessions FINAL INNER JOIN (${MASTERS}) AS m USING (vin)
  WHERE ${OF_THE_TIME} AND model != '' AND notEmpty(tick_socs) GROUP BY model HAVING vehicles >= ${LEARN_VEHICLES_MIN} ORDER BY model`;
const VINS_OF_THE_MODEL = `vin IN (SELECT vin FROM (${MASTERS}) WHERE model = {model:String})`;
const OF_THE_MODEL = `${OF_THE_TIME} AND ${VINS_OF_THE_MODEL}`;
const CURVES_SQL = `
  SELECT vin, toFloat64(current_mean_a) AS current_a, tick_socs AS socs, tick_ahs AS ahs, tick_pack_v AS volts
  FROM charging_sessions FINAL
  WHERE ${OF_THE_MODEL} AND NOT is_dc AND tick_soc_pct >= ${WIDE_SWING_PCT} AND arrayMin(tick_pack_v) >= 60
  ORDER BY cityHash64(vin, started_at) LIMIT ${CURVES_MAX}`;
const CHARGES_SQL = `
  SELECT vin, toYYYYMM(started_at) AS month, tick_charge_ah / tick_soc_pct * 100 AS capacity_ah, temp_mean_c AS temp_c,
    toFloat64(current_mean_a) AS current_a, is_dc
  FROM charging_sessions FINAL
  WHERE ${OF_THE_MODEL} AND tick_soc_pct >= ${SWING_MIN_PCT} AND tick_charge_ah > 0
  ORDER BY cityHash64(vin, started_at) LIMIT ${CHARGES_MAX}`;

const WAKES_SQL = `
  SELECT vin, features['restV'] AS pack_v, features['restSocPct'] AS soc_pct
  FROM daily_features FINAL
  WHERE family = '${restsFamily.id}' AND day >= {from:Date} AND day < {week:Date} AND ${VINS_OF_THE_MODEL} AND mapContains(features, 'restV')
  ORDER BY cityHash64(vin, day) LIMIT ${WAKES_MAX}`;

/** Charge models from `charging_sessions`, written once per week into `charge_models` and read from there ever after. */
export function createChargeModels(store: ColumnStore): ChargeModels {
  let known: { readonly week: Day; readonly models: ReadonlyMap<string, ChargeModel> } = { week: "", models: NOTHING };
  return {
    async on(day, vehicles, nowMs) {
      if (vehicles < LEARN_VEHICLES_MIN) return NOTHING;
      const week = mondayOf(day);
      if (known.week === week) return known.models;
      const kept = await readKept(store, week);
      if (kept === null) await learn(store, week, nowMs);
      known = { week, models: kept ?? (await readKept(store, week)) ?? NOTHING };
      return known.models;
    },
    keptOn: async (day) => (await readKept(store, mondayOf(day))) ?? NOTHING,
  };
}

async function readKept(store: ColumnStore, week: Day): Promise<ReadonlyMap<string, ChargeModel> | null> {
  // FINAL: a week whose learning was interrupted is written twice; a row per model.
  const rows = await store.query("SELECT model, learnt FROM charge_models FINAL WHERE week = {week:Date}", keptRow, { params: { week } });
  if (!rows.some(({ model }) => model === "")) return null;
  return new Map(
    rows.flatMap(({ model, learnt }) => (model === "" ? [] : [[model, chargeModelSchema.parse(JSON.parse(learnt))] as const])),
  );
}

async function learn(store: ColumnStore, week: Day, nowMs: number): Promise<void> {
  const computed_at = new Date(nowMs).toISOString();
  const params = { week, from: addDays(week, -LOOKBACK_DAYS) };
  const models = await store.query(MODELS_SQL, modelRow, { params, settings: NO_JIT });
  const rows: object[] = [];
  for (const { model, chemistry, vehicles } of models) {
    const own = { params: { ...params, model }, settings: NO_JIT };
    const curves = (await store.query(CURVES_SQL, curveRow, own)).map(({ vin, current_a, socs, ahs, volts }) => ({
      vin,
      currentA: current_a,
      curve: { socPct: socs, chargeAh: ahs, packV: volts },
    }));
    const charges = (await store.query(CHARGES_SQL, chargeRow, own)).map((row) => ({
      group: `${row.vin}/${row.month}`,
      capacityAh: row.capacity_ah,
      tempC: row.temp_c,
      currentA: row.current_a,
      isDc: row.is_dc,
    }));
    const wakes = (await store.query(WAKES_SQL, wakeRow, own)).map((row) => ({ vin: row.vin, packV: row.pack_v, socPct: row.soc_pct }));
    const learnt = learnChargeModel({ curves, charges, wakes }, chemistry);
    if (learnt !== null) rows.push({ week, model, vehicles, charges: charges.length, learnt: JSON.stringify(learnt), computed_at });
  }
  const done = { week, model: "", vehicles: 0, charges: 0, learnt: "", computed_at };
  await insertIdempotent(store, "charge_models", [...rows, done]);
}
