import { TOPICS } from "@bellwether/contracts/topics";
import type { Metrics } from "@bellwether/runtime/metrics";
import { createWaker } from "@bellwether/runtime/waker";
import type { AnalyticsConfig } from "./config.ts";
import type { Engine, Step, StepCounts } from "./engine/engine.ts";
import { type AnalyticsDeps, holdEngine } from "./engineHolder.ts";
import { PIPELINE } from "./pipeline.ts";
import { type Repeated, repeatUntil } from "./repeatUntil.ts";

export interface Analytics {
  /**
   * Processes everything that has landed since the last tick. `final` also closes every open day, at the end of a replay.
   * Ticks never overlap: a second call waits for the first.
   */
  tick(options?: { readonly final?: boolean }): Promise<StepCounts>;
  /**
   * Tells what one report decides of all that has landed since the last look, ahead of the tick that takes it in. Before the first
   * tick there is nothing to go on from. Returns how many findings that were.
   */
  look(): Promise<number>;
  /** Ticks and looks in the background until `stop`. */
  start(): void;
  stop(): Promise<void>;
  /** Says that rows have landed: the next tick does not wait out its pause. */
  wake(): void;
  /** Settles after `stop`; rejects when the engine has broken. */
  readonly done: Promise<void>;
}

/** Ticks are at least this far apart, however often rows land: many small ticks cost more than a few large ones. */
const TICK_GAP_MS = 150;
/** A look that finds nothing costs two small statements. */
const LOOK_GAP_MS = 100;

/** The engine: rules and detectors over what ingest has landed; findings into table and topic. */
export function createAnalytics(deps: AnalyticsDeps): Analytics {
  const { config, logger, metrics } = deps;
  const meters = createMeters(metrics);
  const held = holdEngine(deps);
  let running: Promise<unknown> = Promise.resolve();
  let looking: Promise<unknown> = Promise.resolve();
  const stopping = new AbortController();
  const [tickSoon, lookSoon] = [createWaker(), createWaker()];
  const end = createEnd();

  async function lookOnce(): Promise<number> {
    const engine = held.current();
    if (engine === null) return 0;
    const measured = meters.stageSeconds.startTimer({ stage: "urgent" });
    const told = await engine.urgent.look(engine);
    measured();
    if (told > 0) logger.info({ told }, "urgent findings");
    return told;
  }

  function look(): Promise<number> {
    const next = looking.then(lookOnce);
    looking = next.catch(() => undefined);
    return next;
  }

  async function tickOnce(isFinal: boolean, isEnough: (step: Step) => boolean): Promise<StepCounts> {
    const total = noCounts();
    try {
      for (;;) {
        const step = await runStep(await held.ready(), isFinal, meters);
        addCounts(total, step.counts);
        if (stopping.signal.aborted || isEnough(step)) break;
      }
    } catch (error) {
      // The state in memory may be ahead of what was saved: read it again before the next step.
      held.drop();
      throw error;
    }
    if (total.rows > 0 || total.closedDays > 0) logger.info({ ...total }, "tick");
    return total;
  }

  function inTurn(work: () => Promise<StepCounts>): Promise<StepCounts> {
    const next = running.then(work);
    running = next.catch(() => undefined);
    return next;
  }

  function repeat(one: Omit<Repeated, "pauseMs" | "logger">): Promise<void> {
    return repeatUntil(stopping.signal, { ...one, pauseMs: config.analyticsTickMs, logger });
  }

  return {
    tick: ({ final = false } = {}) => inTurn(() => tickOnce(final, isNothing)),
    look,
    wake() {
      tickSoon.wake();
      lookSoon.wake();
    },
    start() {
      const round = () => inTurn(() => tickOnce(false, hasCaughtUp(config)));
      const loops = [
        // A round that took long leaves the machine to ingest for as long: what cannot wait is told by a look.
        repeat({ what: "tick", work: round, gapMs: TICK_GAP_MS, restShare: 1, waker: tickSoon }),
        repeat({ what: "look", work: look, gapMs: LOOK_GAP_MS, restShare: 0, waker: lookSoon }),
      ];
      Promise.all(loops).then(end.resolve, end.reject);
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, looking]);
      end.resolve();
    },
    done: end.done,
  };
}

/** A promise that whoever runs the loops settles; nobody has to listen to it. */
function createEnd() {
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  done.catch(() => undefined);
  return { done, resolve: () => settle?.resolve(), reject: (error: unknown) => settle?.reject(error) };
}

function isNothing({ ranges, closing }: Step): boolean {
  return ranges.length === 0 && closing.length === 0;
}

/** A round in the background ends here: what has landed meanwhile is the next one's, which is larger and costs little more. */
function hasCaughtUp({ analyticsRowsPerStep }: AnalyticsConfig) {
  return ({ closing, counts }: Step) => closing.length === 0 && counts.rows < analyticsRowsPerStep / 2;
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
