import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Subscription } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import type { IngestConfig } from "./config.ts";
import { readAccount } from "./ledger/account.ts";
import { pruneLedger } from "./ledger/ledgerPruning.ts";
import type { Meters } from "./meters/meters.ts";
import { scoreReports } from "./meters/reportScores.ts";

export interface HousekeepingDeps {
  readonly store: ColumnStore;
  readonly config: IngestConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly meters: Meters;
  readonly lag: Subscription["lag"];
  readonly now: () => number;
}

/** What runs beside ingest and may fail without harm: it is only said, and tried again at its next turn. */
export interface Housekeeping {
  start(): void;
  /** Waits for what is running. */
  stop(): Promise<void>;
}

const LAG_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function createHousekeeping({ store, config, logger, metrics, meters, lag, now }: HousekeepingDeps): Housekeeping {
  const showAccount = createAccountGauges(metrics);
  const jobs: readonly { name: string; everyMs: number; run: () => Promise<void> }[] = [
    {
      name: "lag",
      everyMs: LAG_EVERY_MS,
      run: async () => {
        for (const { topic, partition, records } of await lag()) meters.lag.measured({ topic, partition }, records);
      },
    },
    {
      name: "account",
      everyMs: config.ingestAccountEvery,
      run: async () => showAccount(await readAccount(store, { sinceMs: now() - DAY_MS })),
    },
    {
      name: "ledger pruning",
      everyMs: PRUNE_EVERY_MS,
      run: async () => {
        await pruneLedger(store, { nowMs: now(), keepMs: config.ingestLedgerKeep });
      },
    },
    {
      name: "report scores",
      everyMs: config.ingestScoresEvery,
      run: async () => {
        await scoreReports(store, now());
      },
    },
  ];
  const running = new Map<string, Promise<void>>();
  let timers: readonly NodeJS.Timeout[] = [];

  function turn(name: string, run: () => Promise<void>): void {
    if (running.has(name)) return;
    const turnOfJob = run()
      .catch((error: unknown) => logger.warn({ job: name, err: error }, `${name}: failed, tried again at the next turn`))
      .finally(() => running.delete(name));
    running.set(name, turnOfJob);
  }

  return {
    start() {
      timers = jobs.map(({ name, everyMs, run }) => setInterval(() => turn(name, run), everyMs));
      for (const timer of timers) timer.unref();
    },
    async stop() {
      timers.forEach(clearInterval);
      await Promise.all(running.values());
    },
  };
}

/** Gauges of the account; the returned function sets them. */
export function createAccountGauges(metrics: Metrics) {
  const gauge = (name: string, help: string) =>
    metrics.gauge({ name: `bellwether_ingest_${name}`, help: `${help} Last day's blocks; must be 0.`, labels: ["topic", "partition"] });
  const unaccounted = gauge("unaccounted_records", "Records that neither landed nor were ignored nor parked.");
  const gaps = gauge("gap_offsets", "Offsets between landed blocks that no block covers.");
  const doubles = gauge("double_offsets", "Offsets that more than one landed block covers.");
  return (rows: Awaited<ReturnType<typeof readAccount>>) => {
    for (const { topic, partition, ...account } of rows) {
      unaccounted.set({ topic, partition }, account.unaccounted);
      gaps.set({ topic, partition }, account.gaps);
      doubles.set({ topic, partition }, account.doubles);
    }
  };
}
