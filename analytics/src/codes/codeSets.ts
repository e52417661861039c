import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { addDays, type Day } from "../engine/days.ts";
import { insertIdempotent } from "../engine/state.ts";
import { codeAssociations } from "./codeAssociations.ts";
import { codeInstants, type UnitEvent } from "./codeInstants.ts";
import { CODE_EPISODES_SQL } from "./episodesSql.ts";

const DAY_MS = 86_400_000;
/** Codes within a day of one another count as together. */
const TOGETHER_MS = DAY_MS;
/** The codes of the visit itself foretell nothing. */
const LEAST_LEAD_MS = DAY_MS;
const HORIZON_DAYS = 30;
/** Bounds what a week's learning reads, newest first; a fleet of 100,000 begins about as many episodes a year. */
const EPISODES_MAX = 1_000_000;

const eventRow = z.object({ vin: z.string(), name: z.string(), at_ms: z.number() });

/** Learns which codes precede repairs from everything up to the end of the week that begins on `week`, into table `code_sets`. */
export async function writeCodeSets(store: ColumnStore, week: Day, nowMs: number): Promise<number> {
  const end = addDays(week, 7);
  const repairs = await store.query(
    `SELECT vin, component AS name, toUnixTimestamp64Milli(at) AS at_ms FROM labels FINAL
     WHERE outcome IN ('confirmed', 'already_repaired') AND at < toDateTime64({end:Date}, 3, 'UTC')`,
    eventRow,
    { params: { end } },
  );
  if (repairs.length === 0) return 0;
  const [episodes, exposureMs] = await Promise.all([readEpisodes(store, end), readExposureMs(store, end)]);
  if (episodes.length === 0 || exposureMs === 0) return 0;
  const found = codeAssociations(
    codeInstants(episodes, TOGETHER_MS),
    repairs.map(({ vin, name, at_ms }) => ({ unit: vin, part: name, atMs: at_ms })),
    { leastLeadMs: LEAST_LEAD_MS, horizonMs: HORIZON_DAYS * DAY_MS, exposureMs },
  );
  const computed_at = new Date(nowMs).toISOString();
  const rows = found.map(({ codes, part, occurrences, followed, precision, low90, high90, lift, liftLow, leadMs }) => ({
    ...{ week, codes, component: part, horizon_days: HORIZON_DAYS, occurrences, followed, precision, low90, high90, lift },
    ...{ lift_low: liftLow, lead_days: leadMs === null ? null : leadMs / DAY_MS, computed_at },
  }));
  await insertIdempotent(store, "code_sets", rows);
  return rows.length;
}

async function readEpisodes(store: ColumnStore, end: Day): Promise<readonly UnitEvent[]> {
  const rows = await store.query(
    `SELECT vin, family AS name, toUnixTimestamp64Milli(event_time) AS at_ms FROM (${CODE_EPISODES_SQL})
     WHERE event_time < toDateTime64({end:Date}, 3, 'UTC') ORDER BY at_ms DESC LIMIT ${EPISODES_MAX}`,
    eventRow,
    { params: { end } },
  );
  return rows.reverse().map(({ vin, name, at_ms }) => ({ unit: vin, atMs: at_ms, kind: "code", name }));
}

/** Days on which vehicles reported, as time. */
async function readExposureMs(store: ColumnStore, end: Day): Promise<number> {
  const [row] = await store.query(
    "SELECT uniqExact(vin, day) AS days FROM report_scores WHERE day < {end:Date}",
    z.object({ days: z.number() }),
    { params: { end } },
  );
  return (row?.days ?? 0) * DAY_MS;
}
