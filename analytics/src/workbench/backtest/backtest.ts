import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import type { Segment } from "../../rules/parametersOf.ts";
import { readRule } from "../../rules/readRules.ts";
import { rowSourceOf } from "../../rules/rowSource.ts";
import { withParameters } from "../edits.ts";
import { readLabels } from "../labels/labels.ts";
import type { BacktestProgress, BacktestReport, BacktestRequest, WorkbenchOptions } from "../types.ts";
import { inTurn } from "./inTurn.ts";
import { planLanes } from "./lanes.ts";
import { checkLimits } from "./limits.ts";
import { cutFleet, estimateRows, type Pieces } from "./pieces.ts";
import type { Plan } from "./plan.ts";
import { prefilterOf } from "./prefilter.ts";
import { provenanceOf, shareOf } from "./provenance.ts";
import { createResults, type Results } from "./results.ts";
import { runPiece } from "./runPiece.ts";
import { hasLandedSince, isUnderWay, readSnapshot, snapshotFilter } from "./snapshot.ts";

/** Intervals of the numbers shown while it runs: cheap ones. */
const PROGRESS_RESAMPLES = 100;
/** While one is folded the engine reads the next, and what one statement does on one thread leaves no core idle. */
const PIECES_AT_ONCE = 2;

/**
 * When a rule would have fired over a stretch of history, and what became of it: the compiled condition and the episode fold
 * of the live engine, over the telemetry table. Vehicles are done in pieces, so that after a second there are numbers of a part of the
 * fleet, and it can be stopped. Throws `config_invalid` before it starts where the request is wrong or over its limits.
 */
export async function runBacktest(store: ColumnStore, request: BacktestRequest, options: WorkbenchOptions): Promise<BacktestReport> {
  return runPlan(store, await planBacktest(store, request, options), options);
}

/** Checks a request: rule, parameters, sweep, window and limits. Reads little. */
export async function planBacktest(
  store: ColumnStore,
  request: BacktestRequest,
  { now }: Pick<WorkbenchOptions, "now"> = { now: () => performance.now() },
): Promise<Plan> {
  const read = readRule(request.ruleFile, request.ruleText);
  if (!read.ok) throw refused(read.problems.join("\n"));
  const edited = withParameters(read.value, request.parameters);
  if (!edited.ok) throw refused(edited.problems.join("\n"));
  const { value: rule } = edited;
  if (!(request.toMs > request.fromMs)) throw refused("expected a window that ends after it begins");
  const present = planLanes(rule, []);
  const sweep: ReturnType<typeof planLanes> = request.sweep.length === 0 ? { ok: true, lanes: [] } : planLanes(rule, request.sweep);
  if (!present.ok || !sweep.ok) throw refused(sweep.ok ? "cannot be judged" : `sweep: ${sweep.problem}`);
  const [rowsEstimated, labels, snapshot, segments] = await Promise.all([
    estimateRows(store, request, rowSourceOf(rule)),
    request.labels ?? readLabels(store, rule.component),
    request.snapshot ?? readSnapshot(store),
    readSegments(store),
  ]);
  const lanes = [...present.lanes, ...sweep.lanes];
  const ofComponent = labels.filter(({ component }) => component === rule.component);
  const plan = { request, rule, lanes, prefilter: prefilterOf(rule, lanes, segments), labels: ofComponent, rowsEstimated, snapshot };
  await checkLimits(store, plan, now);
  return plan;
}

function refused(message: string): BellwetherError {
  return new BellwetherError("config_invalid", `back-test refused: ${message}`, { retryable: false });
}

async function readSegments(store: ColumnStore): Promise<readonly Segment[]> {
  return store.query(
    "SELECT DISTINCT model, chemistry, region AS market FROM vehicles",
    z.object({ model: z.string(), chemistry: z.string(), market: z.string() }),
  );
}

/** Runs a checked back-test; rejects with the signal's reason when it is stopped. */
export async function runPlan(store: ColumnStore, plan: Plan, options: WorkbenchOptions): Promise<BacktestReport> {
  return (await runInDetail(store, plan, options)).report;
}

interface Detailed {
  readonly report: BacktestReport;
  readonly results: Results;
}

/** The report together with every vehicle's own counts. Where rows land in the window meanwhile, it runs again without them. */
export async function runInDetail(store: ColumnStore, plan: Plan, options: WorkbenchOptions): Promise<Detailed> {
  const { request, snapshot, rule } = plan;
  // Scores do not come through the log: nothing says when one landed.
  if (rule.reads !== undefined) return runFiltered(store, plan, options, "1");
  const bounded = () => runFiltered(store, plan, options, snapshotFilter(snapshot));
  if (await isUnderWay(store, snapshot, request, options.now())) return bounded();
  const detailed = await runFiltered(store, plan, options, "1");
  return (await hasLandedSince(store, snapshot, request)) ? bounded() : detailed;
}

async function runFiltered(
  store: ColumnStore,
  plan: Plan,
  { signal, onProgress, now }: WorkbenchOptions,
  rowFilter: string,
): Promise<Detailed> {
  const { request } = plan;
  const startedMs = now();
  const fleet = await cutFleet(store, request, {
    vehicles: request.vehicles,
    isWanted: sampler(request.sampleShare),
    source: rowSourceOf(plan.rule),
    rowsOfAll: plan.rowsEstimated,
  });
  const results = createResults(plan);
  let firstProgressMs: number | null = null;
  for await (const found of inTurn(fleet.pieces, PIECES_AT_ONCE, (piece) => runPiece(store, plan, piece, { rowFilter, signal }))) {
    results.add(found);
    const elapsedMs = now() - startedMs;
    firstProgressMs ??= elapsedMs;
    onProgress?.(progressOf(results, fleet, elapsedMs));
  }
  const provenance = provenanceOf(plan, results);
  const elapsedMs = now() - startedMs;
  const { id, version, title, component } = plan.rule;
  const report = {
    rule: { id, version, title: title.en, component },
    fromMs: request.fromMs,
    toMs: request.toMs,
    score: results.score(request.policy.resamples),
    firings: results.firings(),
    sweep: results.sweep(),
    provenance,
    timing: { elapsedMs, rowsPerSecond: (1000 * results.rows()) / Math.max(1, elapsedMs), firstProgressMs: firstProgressMs ?? elapsedMs },
  };
  return { report, results };
}

function sampler(share: number): ((vin: string) => boolean) | null {
  return share >= 1 ? null : (vin) => shareOf(vin) < share;
}

function progressOf(results: Results, { rowsEstimated }: Pieces, elapsedMs: number): BacktestProgress {
  const score = results.score(PROGRESS_RESAMPLES);
  return {
    rowsDone: score.rows,
    rowsEstimated,
    share: rowsEstimated === 0 ? 1 : Math.min(1, score.rows / rowsEstimated),
    elapsedMs,
    vehiclesDone: score.vehicles,
    firings: score.firings,
    score,
  };
}
