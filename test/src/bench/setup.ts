import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { removeTestDir } from "@bellwether/clickhouse/testing";
import { type IngestConfig, ingestConfigSchema } from "@bellwether/ingest/config";
import { createIngest, type Ingest } from "@bellwether/ingest/service";
import { loadConfig, processEnvironment } from "@bellwether/runtime/config";
import { brokerList } from "@bellwether/runtime/configFields";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { z } from "zod";

/** What every benchmark runs on: a log (the embedded one, or KAFKA_BROKERS) and an embedded ClickHouse, both empty. */
export interface Bench {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  /** Makes topic names of one run its own on a broker that lives on. */
  readonly runId: string;
  readonly brokers: readonly string[] | undefined;
}

export const PARTITIONS = 2;
const SEND_RECORDS = 2000;
const MERGES_POLL_MS = 100;
const MERGES_MS_MAX = 20_000;

const countRow = z.object({ n: z.coerce.number() });
const logger = createLogger({ service: "bench", level: "error" });

/** `ownBrokers`: brokers the caller started; they come before KAFKA_BROKERS. */
export async function withBench(work: (bench: Bench) => Promise<void>, ownBrokers?: readonly string[]): Promise<void> {
  const { kafkaBrokers } = loadConfig(z.object({ kafkaBrokers: brokerList().optional() }), processEnvironment());
  const brokers = ownBrokers ?? kafkaBrokers;
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-bench-"));
  const store = await openStore({ kind: "embedded", dir: join(dir, "store") });
  await migrate(store);
  const log = await openLog(
    brokers === undefined ? { kind: "embedded", dir: join(dir, "log") } : { kind: "kafka", brokers, clientId: "bench" },
  );
  try {
    await work({ log, store, runId: String(process.pid), brokers });
  } finally {
    await log.close();
    await store.close();
    await removeTestDir(dir);
  }
}

/** Sends records in batches to a new topic. */
export async function produce(log: RecordLog, topic: string, records: Iterable<OutgoingRecord>): Promise<void> {
  await log.ensureTopics([{ topic, partitions: PARTITIONS }]);
  let chunk: OutgoingRecord[] = [];
  for (const record of records) {
    chunk.push(record);
    if (chunk.length < SEND_RECORDS) continue;
    await log.sink.send(topic, chunk);
    chunk = [];
  }
  if (chunk.length > 0) await log.sink.send(topic, chunk);
}

/** The ingest service on a topic, with the defaults of its configuration. */
export function ingestOf(
  { log, store }: Pick<Bench, "log" | "store">,
  topic: string,
  overrides: Partial<IngestConfig> = {},
  onLanded: () => void = () => {},
): Ingest {
  const own = { ingestTopic: topic, ingestGroup: `${topic}-ingest`, ingestPartitions: PARTITIONS };
  return createIngest({
    log,
    store,
    config: { ...ingestConfigSchema.parse({}), ...own, ...overrides },
    logger,
    metrics: createMetrics(),
    now: Date.now,
    onLanded,
  });
}

/** Waits until the engine has no merge to do, so that one measurement does not pay for the one before it. */
export async function settle(store: ColumnStore): Promise<void> {
  const deadlineMs = performance.now() + MERGES_MS_MAX;
  let quiet = 0;
  while (quiet < 3 && performance.now() < deadlineMs) {
    const [merges] = await store.query("SELECT count() AS n FROM system.merges", countRow);
    quiet = merges?.n === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, MERGES_POLL_MS));
  }
}

/** Empties what a measurement fills, so that each one has merges of its own rows only, and the same number of them for the same rows. */
export async function startOver(store: ColumnStore): Promise<void> {
  for (const table of ["telemetry", "ingest_rollup"]) await store.command(`TRUNCATE TABLE ${table}`);
  await settle(store);
}

export async function countTelemetry(store: ColumnStore): Promise<number> {
  const [rows] = await store.query("SELECT count() AS n FROM telemetry", countRow);
  return rows?.n ?? 0;
}

export interface Measurement {
  readonly reportsPerS: number;
  readonly cpuUsPerReport: number;
}

/** Rate and CPU time (all threads of the process) of a piece of work over `reports` reports. */
export async function measure(reports: number, run: () => Promise<void>): Promise<Measurement> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await run();
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { reportsPerS: Math.round(reports / seconds), cpuUsPerReport: (user + system) / reports };
}

/** Each figure's median on its own. */
export function medians(measured: readonly Measurement[]): Measurement {
  return {
    reportsPerS: medianOf(measured.map((one) => one.reportsPerS)),
    cpuUsPerReport: medianOf(measured.map((one) => one.cpuUsPerReport)),
  };
}

export function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** A positive whole number of an option, or its default. */
export function countOf(text: string | undefined, otherwise: number): number {
  return z.coerce
    .number()
    .int()
    .positive()
    .parse(text ?? otherwise);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
