import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import type { z } from "zod";
import { chunksOf, VEHICLES_PER_STATEMENT } from "../engine/chunks.ts";
import type { CompiledRule } from "./compile.ts";
import type { Evaluation } from "./evaluate.ts";
import type { RuleUpdate } from "./updates.ts";

/** A line of table `rule_firings` before it has its revision. */
export type FiringRow = Omit<z.infer<typeof TABLES.rule_firings>, "revision">;

const SELECTED = TABLES.rule_firings.omit({ revision: true });

/**
 * What the updates of a step make of the record of firings: the last word on each episode, and withdrawn those that vehicles
 * judged again from an earlier point no longer have. Reads the record only for such vehicles.
 */
export async function firingRows(
  store: ColumnStore,
  {
    updates,
    evaluations,
    rules,
  }: { readonly updates: readonly RuleUpdate[]; readonly evaluations: readonly Evaluation[]; readonly rules: readonly CompiledRule[] },
): Promise<readonly FiringRow[]> {
  const rows = new Map<string, FiringRow>();
  for (const row of await undone(store, evaluations, rules)) rows.set(keyOf(row), row);
  for (const update of updates) {
    const row = rowOf(update);
    rows.delete(keyOf(row));
    rows.set(keyOf(row), row);
  }
  return [...rows.values()];
}

function rowOf({ vin, rule: { rule }, state, startMs, knownMs, lastFiringMs, atMs, isWithdrawn }: RuleUpdate): FiringRow {
  return {
    rule_id: rule.id,
    rule_version: rule.version,
    vin,
    started_at: time(startMs),
    known_at: time(knownMs),
    last_firing: time(lastFiringMs),
    cleared_at: state === "cleared" && !isWithdrawn ? time(atMs) : null,
    stage: rule.status === "shadow" ? "shadow" : "live",
    is_withdrawn: isWithdrawn,
    subject: "",
  };
}

/** Recorded episodes of replayed vehicles that were known after the replay's start and are otherwise now. */
async function undone(
  store: ColumnStore,
  evaluations: readonly Evaluation[],
  rules: readonly CompiledRule[],
): Promise<readonly FiringRow[]> {
  const ruleIds = rules.map(({ rule }) => rule.id);
  const replayed = new Map(evaluations.filter(({ isReplayed }) => isReplayed).map((evaluation) => [evaluation.vin, evaluation]));
  const rows: FiringRow[] = [];
  for (const vins of chunksOf([...replayed.keys()], VEHICLES_PER_STATEMENT)) {
    rows.push(
      ...(await store.query(
        // FINAL: the newest word on each episode of a few vehicles.
        `SELECT rule_id, rule_version, vin, started_at, known_at, last_firing, cleared_at, stage, is_withdrawn, subject
         FROM rule_firings FINAL WHERE vin IN {vins:Array(String)} AND rule_id IN {ruleIds:Array(String)} AND subject = '' AND NOT is_withdrawn ORDER BY rule_id, vin, started_at`,
        SELECTED,
        { params: { vins, ruleIds } },
      )),
    );
  }
  return rows.flatMap((row) => {
    const evaluation = replayed.get(row.vin);
    return evaluation === undefined || Date.parse(row.known_at) <= evaluation.judgedFromMs ? [] : judgedAgain(row, evaluation);
  });
}

/** Nothing where the replay found the same; else the row as it is now known, or withdrawn. */
function judgedAgain(row: FiringRow, { events }: Evaluation): readonly FiringRow[] {
  const again = events.find(
    ({ rule: { rule }, event: { kind, episode } }) =>
      kind === "opened" && rule.id === row.rule_id && rule.version === row.rule_version && episode.startMs === Date.parse(row.started_at),
  );
  if (again === undefined) return [{ ...row, is_withdrawn: true }];
  const knownAt = time(again.event.episode.knownMs);
  return knownAt === row.known_at ? [] : [{ ...row, known_at: knownAt }];
}

function keyOf({ rule_id, rule_version, vin, started_at }: FiringRow): string {
  return `${rule_id}/${rule_version}/${vin}/${started_at}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
