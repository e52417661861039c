import { setTimeout as delay } from "node:timers/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { TOPICS } from "@bellwether/contracts/topics";
import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { createWaker } from "@bellwether/runtime/waker";
import type { Catalogue } from "./catalogue.ts";
import { type CatalogueWatch, openCatalogue } from "./catalogueWatch.ts";
import { createLearntSets } from "./codes/learntSets.ts";
import type { AnalyticsConfig } from "./config.ts";
import type { Engine, Step, StepCounts } from "./engine/engine.ts";
import { loadState } from "./engine/state.ts";
import { createSeriesCache } from "./features/series.ts";
import { createChargeModels } from "./fleet/chargeModels.ts";
import { createChargePlaces } from "./fleet/chargePlaces.ts";
import { createPeerTable } from "./fleet/peerTable.ts";
import { createFadeFleets } from "./forecast/fadeFleets.ts";
import { PIPELINE } from "./pipeline.ts";
import { compileEffective } from "./rules/effective.ts";

export interface AnalyticsDeps {
  readonly store: ColumnStore;
  readonly sink: RecordSink;
  readonly config: AnalyticsConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Shared with whoever else reads the catalogue; absent: the engine opens its own. */
  readonly catalogue?: CatalogueWatch;
}

export interface Analytics {
  /**
   * Processes everything that has landed since the last tick. `final` also closes every open day, at the end of a replay.
   * Ticks never overlap: a second call waits for the first.
   */
  tick(options?: { readonly final?: boolean }): Promise<StepCounts>;
  /** Ticks in the background until `stop`. */
  start(): void;
  stop(): Promise<void>;
  /** Says that rows have landed: the next tick does not wait out its pause. */
  wake(): void;
  /** Settles after `stop`; rejects when the engine has broken. */
  readonly done: Promise<void>;
}

/** Ticks are at least this far apart, however often rows land: many small ticks cost more than a few large ones. */
const TICK_GAP_MS = 150;

/** The engine: rules and detectors over what ingest has landed; findings into table and topic. */
export function createAnalytics(deps: AnalyticsDeps): Analytics {
  const { config, logger, metrics } = deps;
  const meters = createMeters(metrics);
  let engine: Engine | null = null;
  let watch = deps.catalogue ?? null;
  let running: Promise<unknown> = Promise.resolve();
  const stopping = new AbortController();
  const waker = createWaker();
  let settle: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  done.catch(() => undefined);

  async function ready(): Promise<Engine> {
    watch ??= await openCatalogue({ dir: config.analyticsRulesDir, logger, metrics });
    await watch.look();
    const catalogue = watch.current();
    if (engine !== null) {
      if (engine.catalogue !== catalogue) Object.assign(engine, inForce(catalogue));
      return engine;
    }
    engine = await newEngine(deps, catalogue);
    return engine;
  }

  async function tickOnce(isFinal: boolean): Promise<StepCounts> {
    const total = noCounts();
    try {
      for (;;) {
        const step = await runStep(await ready(), isFinal, meters);
        addCounts(total, step.counts);
        if (step.ranges.length === 0 && step.closing.length === 0) break;
        if (stopping.signal.aborted) break;
      }
    } catch (error) {
      // The state in memory may be ahead of what was saved: read it again before the next step.
      engine = null;
      throw error;
    }
    if (total.rows > 0 || total.closedDays > 0) logger.info({ ...total }, "tick");
    return total;
  }

  function tick({ final = false }: { readonly final?: boolean } = {}): Promise<StepCounts> {
    const next = running.then(() => tickOnce(final));
    running = next.catch(() => undefined);
    return next;
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await tick();
      } catch (error) {
        if (!(error instanceof BellwetherError) || !error.retryable) throw error;
        logger.warn({ err: error }, "tick failed, trying again");
      }
      await delay(Math.min(TICK_GAP_MS, config.analyticsTickMs), undefined, { signal: stopping.signal }).catch(() => undefined);
      await waker.wait(Math.max(0, config.analyticsTickMs - TICK_GAP_MS), stopping.signal);
    }
  }

  return {
    tick,
    wake: () => waker.wake(),
    start() {
      loop().then(
        () => settle?.resolve(),
        (error: unknown) => settle?.reject(error),
      );
    },
    async stop() {
      stopping.abort();
      await running;
      settle?.resolve();
    },
    done,
  };
}

async function newEngine({ store, sink, config, now }: AnalyticsDeps, catalogue: Catalogue): Promise<Engine> {
  const caches = {
    series: createSeriesCache(store),
    peers: createPeerTable(store),
    fades: createFadeFleets(),
    chargeModels: createChargeModels(store),
    learntSets: createLearntSets(store),
    chargePlaces: createChargePlaces(store),
  };
  return { store, sink, config, now, ...inForce(catalogue), ...caches, state: await loadState(store) };
}

function inForce(catalogue: Catalogue): Pick<Engine, "catalogue" | "rules" | "isCatalogueNew"> {
  const rules = catalogue.rules.filter(({ status }) => status === "live" || status === "shadow").map(compileEffective);
  return { catalogue, rules, isCatalogueNew: true };
}

async function runStep(engine: Engine, isFinal: boolean, meters: Meters): Promise<Step> {
  const step: Step = {
    isFinal,
    ranges: [],
    touched: new Map(),
    rowFilter: "0",
    closing: [],
    again: [],
    gate: [],
    findings: [],
    firings: [],
    changed: new Set(),
    counts: noCounts(),
  };
  for (const stage of PIPELINE) {
    const end = meters.stageSeconds.startTimer({ stage: stage.name });
    await stage.run(engine, step);
    end();
  }
  for (const [what, amount] of Object.entries(step.counts)) meters.counted.inc({ what }, amount);
  for (const { finding } of step.findings) meters.findings.inc({ source: finding.source.id, state: finding.state });
  return step;
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(metrics: Metrics) {
  return {
    stageSeconds: metrics.histogram({
      name: "bellwether_analytics_stage_seconds",
      help: "Time of one stage of one step.",
      labels: ["stage"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    }),
    counted: metrics.counter({ name: "bellwether_analytics_total", help: "What went through the engine, by kind.", labels: ["what"] }),
    findings: metrics.counter({
      name: "bellwether_analytics_findings_total",
      help: `Findings published on ${TOPICS.findings}.`,
      labels: ["source", "state"],
    }),
  };
}

function noCounts(): StepCounts {
  return { rows: 0, vehicles: 0, lateVehicles: 0, replayedVehicles: 0, closedDays: 0, recomputedDays: 0, notEvaluated: 0, findings: 0 };
}

function addCounts(total: StepCounts, counts: StepCounts): void {
  total.rows += counts.rows;
  total.vehicles += counts.vehicles;
  total.lateVehicles += counts.lateVehicles;
  total.replayedVehicles += counts.replayedVehicles;
  total.closedDays += counts.closedDays;
  total.recomputedDays += counts.recomputedDays;
  total.notEvaluated += counts.notEvaluated;
  total.findings += counts.findings;
}
