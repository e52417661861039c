import { planBacktest, runPlan } from "@bellwether/analytics/workbench/backtest/backtest";
import { compareRules } from "@bellwether/analytics/workbench/compare";
import type { GatePolicy } from "@bellwether/analytics/workbench/gate";
import type { BacktestProgress, BacktestReport, BacktestRequest } from "@bellwether/analytics/workbench/types";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Postgres } from "@bellwether/postgres/open";
import type { Logger } from "@bellwether/runtime/logger";
import { beat, countUnfinished, endRun, insertRun, interruptLeftovers, type NewRun, saveProgress, startRun } from "./runs.ts";

/** What a run is about. */
export type RunTask =
  | { readonly kind: "backtest"; readonly request: BacktestRequest }
  | { readonly kind: "comparison"; readonly champion: BacktestRequest; readonly challenger: BacktestRequest; readonly gate: GatePolicy };

export interface Runner {
  /**
   * Checks a task, which reads little, and puts it into the queue; returns the run's id. Throws `config_invalid` where the
   * request is wrong or over its limits, `busy` where too many wait.
   */
  submit(run: Omit<NewRun, "request" | "kind">, task: RunTask): Promise<string>;
  /** Ends a run that waits or runs; false when it is over. */
  cancel(id: string): Promise<boolean>;
  /** Ends what runs and waits as interrupted. */
  close(): Promise<void>;
}

export class QueueFull extends Error {}

const WAITING_MAX = 20;
const PROGRESS_EVERY_MS = 250;
const BEAT_EVERY_MS = 10_000;
/** Firings kept with a run; the score counts all of them. */
const FIRINGS_KEPT = 5_000;

interface Deps {
  readonly db: Postgres;
  readonly store: ColumnStore;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Carries out back-tests one at a time: each uses all cores of the column store already. */
export function createRunner(deps: Deps): Runner {
  const { db, store, logger, now } = deps;
  const stops = new Map<string, AbortController>();
  let isClosing = false;
  const ready = interruptLeftovers(db, now()).then(
    () => undefined,
    (error: unknown) => logger.warn({ err: error }, "runs of an earlier process not marked"),
  );
  let last: Promise<void> = ready;
  const beating = setInterval(() => {
    if (stops.size > 0) beat(db, [...stops.keys()], now()).catch((error: unknown) => logger.warn({ err: error }, "no beat"));
  }, BEAT_EVERY_MS);
  beating.unref();

  const stateOf = (stop: AbortController) => {
    if (isClosing) return "interrupted" as const;
    return stop.signal.aborted ? ("cancelled" as const) : ("failed" as const);
  };

  async function carryOut(id: string, task: RunTask, stop: AbortController): Promise<void> {
    try {
      if (stop.signal.aborted || !(await startRun(db, id, now()))) return;
      const result = await perform(deps, id, task, stop);
      await endRun(db, id, { state: "done", result }, now());
    } catch (error) {
      logger.warn({ err: error, run: id }, "back-test ended early");
      await endRun(db, id, { state: stateOf(stop), error: messageOf(error) }, now()).catch((cause: unknown) =>
        logger.warn({ err: cause, run: id }, "end of a back-test not kept"),
      );
    } finally {
      stops.delete(id);
    }
  }

  return {
    async submit(run, task) {
      await ready;
      for (const request of requestsOf(task)) await planBacktest(store, request);
      if ((await countUnfinished(db, now())) >= WAITING_MAX) throw new QueueFull(`${WAITING_MAX} back-tests wait already`);
      const id = await insertRun(db, { ...run, kind: task.kind, request: keptOf(task) }, now());
      const stop = new AbortController();
      stops.set(id, stop);
      last = last.then(() => carryOut(id, task, stop));
      return id;
    },
    async cancel(id) {
      const isEnded = await endRun(db, id, { state: "cancelled", error: "cancelled" }, now());
      stops.get(id)?.abort(new Error("cancelled"));
      return isEnded;
    },
    async close() {
      isClosing = true;
      clearInterval(beating);
      for (const [id, stop] of stops) {
        stop.abort(new Error("the service was stopped"));
        await endRun(db, id, { state: "interrupted", error: "the service was stopped" }, now()).catch(() => undefined);
      }
      await last;
    },
  };
}

function requestsOf(task: RunTask): readonly BacktestRequest[] {
  return task.kind === "backtest" ? [task.request] : [task.champion, task.challenger];
}

/** What is kept of a task; labels and vehicles come from the tables or are in the request. */
function keptOf(task: RunTask): object {
  return task.kind === "backtest" ? task.request : { champion: task.champion, challenger: task.challenger, gate: task.gate };
}

async function perform({ db, store, now }: Deps, id: string, task: RunTask, stop: AbortController): Promise<object> {
  const progress = createProgressWriter(db, id, { now, stop });
  const options = { signal: stop.signal, now, onProgress: progress.write };
  try {
    if (task.kind === "backtest") {
      const report = await runPlan(store, await planBacktest(store, task.request), options);
      return { kind: "backtest", report: shortened(report) };
    }
    const { a, b, agreed, onlyA, onlyB, ...rest } = await compareRules(store, task.champion, task.challenger, task.gate, options);
    const lists = { agreed: agreed.slice(0, FIRINGS_KEPT), onlyA: onlyA.slice(0, FIRINGS_KEPT), onlyB: onlyB.slice(0, FIRINGS_KEPT) };
    return { kind: "comparison", comparison: { ...rest, ...lists, a: shortened(a), b: shortened(b) } };
  } finally {
    await progress.settled();
  }
}

function shortened(report: BacktestReport): BacktestReport {
  return { ...report, firings: report.firings.slice(0, FIRINGS_KEPT) };
}

/** Keeps the newest progress a few times a second; learns on the way that somebody cancelled the run elsewhere. */
function createProgressWriter(db: Postgres, id: string, { now, stop }: { readonly now: () => number; readonly stop: AbortController }) {
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    write(progress: BacktestProgress): void {
      if (isWriting || now() - lastMs < PROGRESS_EVERY_MS) return;
      isWriting = true;
      lastMs = now();
      writing = saveProgress(db, id, progress, now()).then(
        (isRunning) => {
          isWriting = false;
          if (!isRunning) stop.abort(new Error("cancelled"));
        },
        () => {
          // The next progress tries again; the end is written with its own error handling.
          isWriting = false;
        },
      );
    },
    settled: () => writing,
  };
}

function messageOf(error: unknown): string {
  return error instanceof BellwetherError || error instanceof Error ? error.message : String(error);
}
