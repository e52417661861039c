import { z } from "zod";
import type { Engine, Stage, Step } from "../engine/engine.ts";
import { newVehicleState } from "../engine/state.ts";
import type { Touched } from "../engine/touched.ts";
import type { CompiledRule } from "../rules/compile.ts";
import { evaluateRules } from "../rules/evaluate.ts";
import { describeUpdates } from "../rules/evidence.ts";
import { firingRows } from "../rules/firings.ts";
import { type RuleUpdate, ruleUpdates } from "../rules/updates.ts";

const DAY_MS = 86_400_000;
/** A score that was received this lately may have neighbours that are still being written. */
const SETTLE_MS = 5_000;
/** Year 2255: everything. */
const ALWAYS_MS = 9_000_000_000_000;

/** Lines of one kind and the live and shadow rules that read them. */
interface Lane {
  readonly key: string;
  readonly rules: readonly CompiledRule[];
  readonly touched: ReadonlyMap<string, Touched>;
}

/**
 * Evaluates live and shadow rules over lines that are no reports: scores of outside models as they are received, and a day's
 * numbers when the day has closed. The same fold, the same record and the same findings as for rules over reports; each kind of
 * line has its own place in time per vehicle.
 */
export const laneRules: Stage = {
  name: "lane-rules",
  async run(engine, step) {
    const byKind = new Map<string, CompiledRule[]>();
    for (const rule of engine.rules) {
      const { table, part } = rule.source;
      if (table !== "telemetry") byKind.set(`${table}/${part}`, [...(byKind.get(`${table}/${part}`) ?? []), rule]);
    }
    for (const [key, rules] of byKind) {
      const source = rules[0]?.source;
      const touched = source?.table === "outside_scores" ? await readNewScores(engine, step, source.part) : closedDays(step);
      if (touched.size > 0) await evaluateLane(engine, step, { key, rules, touched });
    }
  },
};

async function evaluateLane(engine: Engine, step: Step, { key, rules, touched }: Lane): Promise<void> {
  const { store, config, state } = engine;
  const offsetMinutes = config.analyticsDayOffsetMinutes;
  const known = new Map(
    [...touched.keys()].flatMap((vin) => {
      const lane = state.vehicles.get(vin)?.lanes[key];
      return lane === undefined ? [] : [[vin, lane] as const];
    }),
  );
  const evaluations = await evaluateRules({ store, rules, rowFilter: "1", offsetMinutes }, touched, known);
  const updates: RuleUpdate[] = [];
  for (const evaluation of evaluations) {
    const vehicle = state.vehicles.get(evaluation.vin) ?? newVehicleState();
    const told = ruleUpdates(evaluation, rules, vehicle.published, config.analyticsHeartbeatMs);
    updates.push(...told.updates);
    const lane = { snapshot: { ...evaluation.snapshot, tally: {} }, checkpoints: [...evaluation.checkpoints] };
    state.vehicles.set(evaluation.vin, { ...vehicle, published: told.published, lanes: { ...vehicle.lanes, [key]: lane } });
    step.changed.add(evaluation.vin);
    if (evaluation.isLate) step.counts.lateVehicles += 1;
  }
  const live = updates.filter(({ rule }) => rule.rule.status === "live");
  const findings = await describeUpdates(store, live, "1");
  step.findings.push(...findings.map((finding, i) => ({ finding, atMs: live[i]?.atMs ?? 0 })));
  step.firings.push(...(await firingRows(store, { updates, evaluations, rules })));
}

/** The days of this step whose numbers are new or were computed again, as the lines that stand for them. */
function closedDays({ closing, again }: Step): ReadonlyMap<string, Touched> {
  const touched = new Map<string, Touched>();
  for (const { vin, day } of [...closing, ...again]) {
    const atMs = Date.parse(day) + DAY_MS;
    const other = touched.get(vin);
    const { minMs = atMs, maxMs = atMs, rows = 0, days = [] } = other ?? {};
    touched.set(vin, { vin, rows: rows + 1, minMs: Math.min(minMs, atMs), maxMs: Math.max(maxMs, atMs), days: [...days, day] });
  }
  return touched;
}

const newScore = z.object({ vin: z.string(), rows: z.number(), min_ms: z.number(), max_ms: z.number(), received_ms: z.number() });

/** Vehicles with scores of the model received since the last look. A rule that comes into force later judges what comes from then on. */
async function readNewScores(engine: Engine, step: Step, model: string): Promise<ReadonlyMap<string, Touched>> {
  const { store, state } = engine;
  const isFirstStep = state.step <= 1;
  const since = state.scoresSeen[model] ?? (isFirstStep ? 0 : await newestScoreMs(engine, model));
  const until = step.isFinal ? ALWAYS_MS : engine.now() - SETTLE_MS;
  const rows = await store.query(
    `SELECT vin, count() AS rows, min(toUnixTimestamp64Milli(event_time)) AS min_ms, max(toUnixTimestamp64Milli(event_time)) AS max_ms,
       max(toUnixTimestamp64Milli(received_time)) AS received_ms
     FROM outside_scores WHERE model = {model:String}
       AND received_time > fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND received_time <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
     GROUP BY vin ORDER BY vin`,
    newScore,
    { params: { model, since, until } },
  );
  const seenMs = Math.max(since, ...rows.map(({ received_ms }) => received_ms));
  engine.state = { ...state, scoresSeen: { ...state.scoresSeen, [model]: seenMs } };
  return new Map(rows.map(({ vin, rows: n, min_ms, max_ms }) => [vin, { vin, rows: n, minMs: min_ms, maxMs: max_ms, days: [] }]));
}

async function newestScoreMs({ store }: Engine, model: string): Promise<number> {
  const [row] = await store.query(
    "SELECT toUnixTimestamp64Milli(max(received_time)) AS ms FROM outside_scores WHERE model = {model:String}",
    z.object({ ms: z.number() }),
    { params: { model } },
  );
  return row?.ms ?? 0;
}
