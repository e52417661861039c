import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { addDays, type Day } from "../engine/days.ts";
import { insertIdempotent } from "../engine/state.ts";
import { createWeekly, type Weekly } from "../fleet/weekly.ts";
import { codeInstants } from "./codeInstants.ts";
import type { LabelledInstant } from "./codeRisk.ts";
import { CODE_EPISODES_SQL } from "./episodesSql.ts";
import { learnRepairRisk, type RepairRisk, repairRiskSchema } from "./repairRisk.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;
/** As in `codeSets.ts`: codes within a day are together, the codes of the visit itself foretell nothing. */
const TOGETHER_MS = DAY_MS;
const LEAST_LEAD_MS = DAY_MS;
export const RISK_HORIZON_DAYS = 30;
/** Newest first; bounds the week's learning to seconds. */
const EPISODES_MAX = 4_000;

/** Hazards of repairs by component. */
export type RepairRisks = ReadonlyMap<string, RepairRisk>;

const NOTHING: RepairRisks = new Map();
const eventRow = z.object({ vin: z.string(), name: z.string(), at_ms: z.number() });

/** What the weeks before taught, in `code_risks`. */
export function createRepairRisks(store: ColumnStore): Weekly<RepairRisks> {
  return createWeekly(NOTHING, { read: (week) => readKept(store, week), learn: (week, nowMs) => learn(store, week, nowMs) });
}

async function readKept(store: ColumnStore, week: Day): Promise<{ readonly learnt: RepairRisks } | null> {
  // FINAL: a week whose learning was interrupted is written twice; a row per component.
  const rows = await store.query(
    "SELECT component, learnt FROM code_risks FINAL WHERE week = {week:Date}",
    z.object({ component: z.string(), learnt: z.string() }),
    { params: { week } },
  );
  if (!rows.some(({ component }) => component === "")) return null;
  const risks = rows.filter(({ component }) => component !== "");
  return { learnt: new Map(risks.map(({ component, learnt }) => [component, repairRiskSchema.parse(JSON.parse(learnt))])) };
}

async function learn(store: ColumnStore, week: Day, nowMs: number): Promise<void> {
  const computed_at = new Date(nowMs).toISOString();
  const repairs = await readRepairs(store, week);
  const cases = repairs.size === 0 ? [] : await readCases(store, week);
  const rows = [...repairs].flatMap(([component, times]) => {
    const risk = learnRepairRisk(cases.map((one) => ({ ...one, failed: isFollowed(times.get(one.instant.unit) ?? [], one.instant.atMs) })));
    if (risk === null) return [];
    const { cases: count, followed } = risk;
    return [{ week, component, horizon_days: RISK_HORIZON_DAYS, cases: count, followed, learnt: JSON.stringify(risk), computed_at }];
  });
  await insertIdempotent(store, "code_risks", rows);
  const done = { week, component: "", horizon_days: RISK_HORIZON_DAYS, cases: cases.length, followed: 0, learnt: "", computed_at };
  await insertIdempotent(store, "code_risks", [done]);
}

/** The window is open below and closed above, as in `codeAssociations`. */
function isFollowed(timesMs: readonly number[], atMs: number): boolean {
  return timesMs.some((timeMs) => timeMs - atMs > LEAST_LEAD_MS && timeMs - atMs <= RISK_HORIZON_DAYS * DAY_MS);
}

/** Times of the repairs known before the week, by component and vehicle. */
async function readRepairs(store: ColumnStore, week: Day): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>> {
  const rows = await store.query(
    `SELECT vin, component AS name, toUnixTimestamp64Milli(at) AS at_ms FROM labels FINAL
     WHERE outcome IN ('confirmed', 'already_repaired') AND at < toDateTime64({week:Date}, 3, 'UTC') ORDER BY name, vin, at_ms`,
    eventRow,
    { params: { week } },
  );
  const repairs = new Map<string, Map<string, number[]>>();
  for (const { vin, name, at_ms } of rows) {
    const cars = repairs.get(name) ?? new Map<string, number[]>();
    cars.set(vin, [...(cars.get(vin) ?? []), at_ms]);
    repairs.set(name, cars);
  }
  return repairs;
}

/**
 * Moments at which cars set codes and whose window has passed, whatever followed. Known to the day, since that is all the nightly
 * detector knows: the hour says nothing here.
 */
async function readCases(store: ColumnStore, week: Day): Promise<readonly Omit<LabelledInstant, "failed">[]> {
  const rows = await store.query(
    `SELECT vin, family AS name, toUnixTimestamp(toStartOfDay(event_time)) * 1000 AS at_ms FROM (${CODE_EPISODES_SQL})
     WHERE event_time < toDateTime64({until:Date}, 3, 'UTC') ORDER BY at_ms DESC, vin, name LIMIT ${EPISODES_MAX}`,
    eventRow,
    { params: { until: addDays(week, -RISK_HORIZON_DAYS) } },
  );
  const built = await store.query(
    "SELECT vin, toInt32(argMax(tuple(built_on), revision).1) AS built FROM vehicles GROUP BY vin HAVING isNotNull(built)",
    z.object({ vin: z.string(), built: z.number().nullable() }),
  );
  const builtMs = new Map(built.map((row) => [row.vin, (row.built ?? 0) * DAY_MS]));
  const events = rows.reverse().map(({ vin, name, at_ms }) => ({ unit: vin, atMs: at_ms, kind: "code" as const, name }));
  return [...codeInstants(events, TOGETHER_MS)].map((instant) => {
    const bornMs = builtMs.get(instant.unit);
    return { instant, unitAgeYears: bornMs === undefined ? null : (instant.atMs - bornMs) / YEAR_MS };
  });
}
