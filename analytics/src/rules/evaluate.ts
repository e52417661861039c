import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { chunksOf, VEHICLES_PER_STATEMENT } from "../engine/chunks.ts";
import { NO_JIT } from "../engine/settings.ts";
import type { RuleSnapshot, VehicleState } from "../engine/state.ts";
import type { Touched } from "../engine/touched.ts";
import type { CompiledRule } from "./compile.ts";
import { type Opening, splitAtDecisions } from "./decisions.ts";
import { type EpisodeEvent, foldEpisodes, type Run } from "./episodes.ts";
import { type ChangeRow, changeRowsSql, runsOf } from "./runs.ts";
import { stateRowsSql } from "./stateRows.ts";
import { addTally } from "./tally.ts";

/** What the rules made of one vehicle's new rows. */
export interface Evaluation {
  readonly vin: string;
  readonly snapshot: RuleSnapshot;
  readonly checkpoints: readonly RuleSnapshot[];
  readonly events: readonly { readonly rule: CompiledRule; readonly event: EpisodeEvent }[];
  /** Rows older than every checkpoint: they enter the daily features but no rule. */
  readonly isLate: boolean;
  /** Started again from a checkpoint because a row came out of order. */
  readonly isReplayed: boolean;
  /** Everything after this was judged now, for the first time or again; ms. */
  readonly judgedFromMs: number;
}

export interface RuleScan {
  readonly store: ColumnStore;
  readonly rules: readonly CompiledRule[];
  /** SQL over log columns: the rows this step may see. */
  readonly rowFilter: string;
  /** Where days begin, for the count of what could not be judged. */
  readonly offsetMinutes: number;
}

/** Distance of checkpoints: with two kept, a row up to this late at least is still judged in its place. */
const CHECKPOINT_MS = 24 * 3_600_000;

const changeRow = z
  .object({
    vin: z.string(),
    at_ms: z.number(),
    previous_ms: z.number(),
    n: z.number(),
    is_last: z.union([z.boolean(), z.number()]),
    states: z.array(z.number()),
  })
  .transform(
    (row): ChangeRow => ({
      vin: row.vin,
      atMs: row.at_ms,
      previousMs: row.previous_ms,
      n: row.n,
      isLast: Boolean(row.is_last),
      states: row.states,
    }),
  );

/** Runs all rules over the touched vehicles' rows since each vehicle's watermark: one scan per 1,000 vehicles. */
export async function evaluateRules(
  scan: RuleScan,
  touched: ReadonlyMap<string, Touched>,
  states: ReadonlyMap<string, Pick<VehicleState, "snapshot" | "checkpoints">>,
): Promise<readonly Evaluation[]> {
  const starts = [...touched.values()].map((batch) => startOf(batch, states.get(batch.vin)));
  const evaluations: Evaluation[] = [];
  for (const chunk of chunksOf(starts, VEHICLES_PER_STATEMENT)) {
    const rows = await changeRows(scan, chunk);
    evaluations.push(...(await evaluateChunk(scan, chunk, rows)));
  }
  return evaluations;
}

/** Vehicles in which an episode opened are folded again with the deciding rows known. */
async function evaluateChunk(
  scan: RuleScan,
  chunk: readonly Start[],
  rows: ReadonlyMap<string, readonly ChangeRow[]>,
): Promise<readonly Evaluation[]> {
  const whole = chunk.map((start) => evaluateVehicle(scan, start, rows.get(start.vin) ?? [], (_vin, _rule, run) => [run]));
  const openings = whole.flatMap(openingsOf);
  if (openings.length === 0) return whole;
  const split = await splitAtDecisions(
    scan.store,
    { source: scan.rules[0]?.source.sql ?? "telemetry", rowFilter: scan.rowFilter },
    openings,
  );
  const opened = new Set(openings.map((opening) => opening.vin));
  return whole.map((evaluation, i) => {
    const start = chunk[i];
    if (start === undefined || !opened.has(evaluation.vin)) return evaluation;
    return evaluateVehicle(scan, start, rows.get(start.vin) ?? [], split);
  });
}

function openingsOf({ vin, events }: Evaluation): Opening[] {
  return events.flatMap(({ rule, event }) => (event.kind === "opened" ? [{ vin, ruleId: rule.rule.id, ...event.decided }] : []));
}

interface Start {
  readonly vin: string;
  readonly from: RuleSnapshot;
  readonly untilMs: number;
  readonly checkpoints: readonly RuleSnapshot[];
  readonly isLate: boolean;
  readonly isReplayed: boolean;
}

/** In order: from the watermark. Out of order: from the newest checkpoint before the oldest row, if there is one. */
function startOf(batch: Touched, state: Pick<VehicleState, "snapshot" | "checkpoints"> | undefined): Start {
  const { vin, minMs, maxMs } = batch;
  if (state === undefined) {
    return {
      vin,
      from: { watermarkMs: minMs - 1, rules: {}, tally: {} },
      untilMs: maxMs,
      checkpoints: [],
      isLate: false,
      isReplayed: false,
    };
  }
  const { snapshot, checkpoints } = state;
  const untilMs = Math.max(maxMs, snapshot.watermarkMs);
  const isFirst = snapshot.watermarkMs === 0;
  const base = { vin, untilMs, isReplayed: false, isLate: false };
  if (isFirst) return { ...base, from: { watermarkMs: minMs - 1, rules: {}, tally: {} }, checkpoints };
  if (minMs > snapshot.watermarkMs) return { ...base, from: snapshot, checkpoints };
  const earlier = checkpoints.filter((checkpoint) => checkpoint.watermarkMs < minMs);
  const from = earlier.at(-1);
  if (from === undefined) return { ...base, from: snapshot, checkpoints, isLate: true };
  return { ...base, from, checkpoints: earlier, isReplayed: true };
}

async function changeRows(scan: RuleScan, starts: readonly Start[]): Promise<ReadonlyMap<string, ChangeRow[]>> {
  const lookbackMs = Math.max(0, ...scan.rules.map((rule) => rule.lookbackMs));
  const sql = changeRowsSql(stateRowsSql(scan.rules, { rowFilter: scan.rowFilter, lookbackMs }), scan.offsetMinutes);
  const rows = await scan.store.query(sql, changeRow, {
    params: {
      vins: starts.map((start) => start.vin),
      froms: starts.map((start) => start.from.watermarkMs),
      until: Math.max(...starts.map((start) => start.untilMs)),
    },
    settings: NO_JIT,
  });
  const byVin = new Map<string, ChangeRow[]>();
  for (const row of rows) {
    const known = byVin.get(row.vin);
    if (known === undefined) byVin.set(row.vin, [row]);
    else known.push(row);
  }
  return byVin;
}

function evaluateVehicle(
  { rules, offsetMinutes }: RuleScan,
  start: Start,
  rows: readonly ChangeRow[],
  split: (vin: string, ruleId: string, run: Run) => readonly Run[],
): Evaluation {
  const events: { rule: CompiledRule; event: EpisodeEvent }[] = [];
  const after: RuleSnapshot["rules"] = {};
  const tally = addTally(start.from.tally, rows, offsetMinutes);
  rules.forEach((rule, index) => {
    const runs = runsOf(rows, index);
    const by = { for: rule.rule.for, clearAfterMs: rule.rule.clear.afterMs, gapMaxMs: rule.source.gapMaxMs };
    const folded = foldEpisodes(
      by,
      start.from.rules[rule.rule.id] ?? null,
      runs.flatMap((run) => split(start.vin, rule.rule.id, run)),
    );
    for (const run of runs) if (run.state === "unknown") tally.unknown(rule.rule.id, run);
    if (folded.state !== null) after[rule.rule.id] = { ...folded.state };
    for (const event of folded.events) events.push({ rule, event });
  });
  const snapshot = { watermarkMs: Math.max(start.from.watermarkMs, rows.at(-1)?.atMs ?? 0), rules: after, tally: tally.days };
  const { vin, isLate, isReplayed } = start;
  const judgedFromMs = start.from.watermarkMs;
  return { vin, snapshot, checkpoints: nextCheckpoints(start, snapshot), events, isLate, isReplayed, judgedFromMs };
}

/** Keeps the state before this batch when the last checkpoint is a day old; two are enough. */
function nextCheckpoints({ from, checkpoints }: Start, snapshot: RuleSnapshot): readonly RuleSnapshot[] {
  const last = checkpoints.at(-1);
  if (last === from || snapshot.watermarkMs === from.watermarkMs) return checkpoints;
  if (last !== undefined && from.watermarkMs - last.watermarkMs < CHECKPOINT_MS) return checkpoints;
  return [...checkpoints, from].slice(-2);
}
