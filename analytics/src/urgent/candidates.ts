import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { type Cursor, isIn, type LandedRange } from "../engine/landed.ts";
import { LIVE_MS } from "../engine/live.ts";
import { NO_JIT } from "../engine/settings.ts";
import type { EngineState } from "../engine/state.ts";
import type { EarlyWord } from "./earlyWords.ts";
import type { UrgentRule } from "./urgentRules.ts";

/** More at once are left to the step. */
const VEHICLES_PER_LOOK = 1000;

/** A vehicle with reports that may fire. */
export interface Candidate {
  readonly vin: string;
  readonly minMs: number;
  readonly maxMs: number;
  readonly rows: number;
  /** Places in the list of urgent rules. */
  readonly rules: readonly number[];
  /** The last of the reports that may fire. */
  readonly place: Cursor;
}

const candidateRow = z.object({
  vin: z.string(),
  min_ms: z.number(),
  max_ms: z.number(),
  rows: z.number(),
  may: z.array(z.number()),
  topic: z.string(),
  in_partition: z.number(),
  last_offset: z.number(),
});

/** Vehicles with a live report among the ranges that may fire. */
export async function readCandidates(
  { store, now }: { readonly store: ColumnStore; readonly now: () => number },
  urgent: readonly UrgentRule[],
  ranges: readonly LandedRange[],
): Promise<readonly Candidate[]> {
  const liveMs = now() - LIVE_MS;
  const live = ranges.filter(({ maxEventMs }) => maxEventMs !== null && maxEventMs > liveMs);
  if (live.length === 0) return [];
  const rows = await store.query(
    `SELECT vin, toUnixTimestamp64Milli(min(event_time)) AS min_ms, toUnixTimestamp64Milli(max(event_time)) AS max_ms, count() AS rows,
       [${urgent.map(({ mayFireSql }) => `max(${mayFireSql})`).join(", ")}]::Array(UInt8) AS may,
       any(log_topic) AS topic, any(log_partition) AS in_partition, max(log_offset) AS last_offset
     FROM telemetry
     WHERE event_time > fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       AND ${isIn(live)} AND (${urgent.map(({ mayFireSql }) => mayFireSql).join(" OR ")})
     GROUP BY vin LIMIT ${VEHICLES_PER_LOOK}`,
    candidateRow,
    {
      params: {
        from: Math.max(liveMs, Math.min(...live.map(({ minEventMs }) => minEventMs ?? 0)) - 1),
        to: Math.max(...live.map(({ maxEventMs }) => maxEventMs ?? 0)),
      },
      settings: NO_JIT,
    },
  );
  return rows.map(({ vin, min_ms, max_ms, rows: count, may, topic, in_partition, last_offset }) => ({
    vin,
    minMs: min_ms,
    maxMs: max_ms,
    rows: count,
    rules: may.flatMap((flag, i) => (flag === 0 ? [] : [i])),
    place: { topic, partition: in_partition, nextOffset: last_offset },
  }));
}

/** Not one that the rules have judged already, and not one whose rules are all open: a car in alarm repeats it with every report. */
export function isOpenQuestion(
  { vin, minMs, rules }: Candidate,
  urgent: readonly UrgentRule[],
  state: EngineState,
  words: ReadonlyMap<string, EarlyWord>,
): boolean {
  const snapshot = state.vehicles.get(vin)?.snapshot;
  if (snapshot !== undefined && snapshot.watermarkMs >= minMs) return false;
  const told = new Set([...words.values()].flatMap(({ update }) => (update.vin === vin ? [update.rule.rule.id] : [])));
  return rules.some((index) => {
    const id = urgent[index]?.compiled.rule.id ?? "";
    return !told.has(id) && (snapshot?.rules[id]?.open ?? null) === null;
  });
}
