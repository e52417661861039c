import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { Cursor } from "../engine/landed.ts";
import type { EngineState } from "../engine/state.ts";
import type { RuleUpdate } from "../rules/updates.ts";
import type { UrgentRule } from "./urgentRules.ts";

/** A finding that was told before the step that judges its report. */
export interface EarlyWord {
  readonly update: RuleUpdate;
  readonly lastSeen: string;
  /** Where the report stands in the log; null: told by a process that has ended. */
  readonly place: Cursor | null;
  /** False: it could not be told, or it is not known whether it was. */
  readonly isSent: Promise<boolean>;
}

const restored = z.object({ vin: z.string(), id: z.string(), source_id: z.string(), ms: z.number() });

/**
 * What an earlier process had told of urgent rules and not yet judged: in the table of findings, but not in the vehicles' state. It may
 * have ended before the topic had it, so the step tells it again (equal ids are one alert); what a late row has undone is withdrawn.
 */
export async function restoreEarlyWords(
  store: ColumnStore,
  urgent: readonly UrgentRule[],
  state: EngineState,
  sinceMs: number,
): Promise<readonly EarlyWord[]> {
  const rules = new Map(urgent.map(({ compiled }) => [compiled.rule.id, compiled]));
  const rows = await store.query(
    // FINAL: few findings of few rules, once at start.
    `SELECT vin, id, source_id, toUnixTimestamp64Milli(first_seen) AS ms FROM findings FINAL
     WHERE source_id IN {ids:Array(String)} AND state = 'active' AND first_seen >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')`,
    restored,
    { params: { ids: [...rules.keys()], since: sinceMs } },
  );
  return rows.flatMap(({ vin, id, source_id, ms }) => {
    const rule = rules.get(source_id);
    if (rule === undefined || state.vehicles.get(vin)?.published[id] !== undefined) return [];
    const span = { startMs: ms, knownMs: ms, lastFiringMs: ms, atMs: ms };
    const update: RuleUpdate = { vin, rule, id, state: "active", isWithdrawn: false, ...span };
    return [{ update, lastSeen: new Date(ms).toISOString(), place: null, isSent: Promise.resolve(false) }];
  });
}
