import { mkdtemp } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { removeTestDir } from "@bellwether/clickhouse/testing";
import { ingestConfigSchema } from "@bellwether/ingest/config";
import { createIngest } from "@bellwether/ingest/service";
import { loadConfig, processEnvironment } from "@bellwether/runtime/config";
import { brokerList } from "@bellwether/runtime/configFields";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { z } from "zod";
import { createFrames, createJson } from "./load.ts";
import { runNaive } from "./naive.ts";

/**
 * Reports per second from the log to committed rows, ours beside the naive path, interleaved in one run.
 * `npm run bench -- [--reports 100000] [--naive-reports 20000] [--rounds 3] [--json]`; with KAFKA_BROKERS on a broker.
 */

interface Measurement {
  readonly reportsPerS: number;
  readonly cpuUsPerReport: number;
}

interface Bench {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly runId: string;
}

const PARTITIONS = 2;
const SEND_RECORDS = 2000;
const SECONDS_PER_ROUND = 100_000;
const logger = createLogger({ service: "bench", level: "error" });

async function measure(reports: number, run: () => Promise<void>): Promise<Measurement> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await run();
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { reportsPerS: reports / seconds, cpuUsPerReport: (user + system) / reports };
}

async function produce(log: RecordLog, topic: string, records: Iterable<OutgoingRecord>): Promise<void> {
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

async function measureOurs({ log, store, runId }: Bench, round: number, reports: number): Promise<Measurement> {
  const topic = `bench-${runId}-frames-${round}`;
  await produce(log, topic, createFrames(reports, round * SECONDS_PER_ROUND));
  const config = { ...ingestConfigSchema.parse({}), ingestTopic: topic, ingestGroup: `${topic}-ingest`, ingestPartitions: PARTITIONS };
  const ingest = createIngest({ log, store, config, logger, metrics: createMetrics(), now: Date.now });
  const measured = await measure(reports, async () => {
    await ingest.start();
    await ingest.drain();
  });
  await ingest.stop();
  const { samples, rejected } = ingest.stats();
  if (samples !== reports) throw new Error(`expected ${reports} reports to land, got ${samples} (${JSON.stringify(rejected)})`);
  return measured;
}

async function measureNaive({ log, store, runId }: Bench, round: number, reports: number): Promise<Measurement> {
  const topic = `bench-${runId}-json-${round}`;
  await produce(log, topic, createJson(reports, round * SECONDS_PER_ROUND));
  return measure(reports, () => runNaive(log, store, topic, reports));
}

async function runRounds(bench: Bench, { reports, naiveReports, rounds }: { reports: number; naiveReports: number; rounds: number }) {
  const ours: Measurement[] = [];
  const naive: Measurement[] = [];
  // The first round warms up both paths and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const oursOnce = await measureOurs(bench, round, round === 0 ? Math.min(reports, naiveReports) : reports);
    const naiveOnce = await measureNaive(bench, round, naiveReports);
    if (round > 0) {
      ours.push(oursOnce);
      naive.push(naiveOnce);
    }
  }
  return { ours: medians(ours), naive: medians(naive) };
}

function medians(measured: readonly Measurement[]): Measurement {
  const middle = (pick: (one: Measurement) => number) => measured.map(pick).sort((a, b) => a - b)[measured.length >> 1] ?? Number.NaN;
  return { reportsPerS: Math.round(middle((one) => one.reportsPerS)), cpuUsPerReport: middle((one) => one.cpuUsPerReport) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reports: { type: "string", default: "100000" },
      "naive-reports": { type: "string", default: "20000" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
    },
  });
  const settings = { reports: Number(values.reports), naiveReports: Number(values["naive-reports"]), rounds: Number(values.rounds) };
  const { kafkaBrokers } = loadConfig(z.object({ kafkaBrokers: brokerList().optional() }), processEnvironment());
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-bench-"));
  const store = await openStore({ kind: "embedded", dir: join(dir, "store") });
  await migrate(store);
  const log = await openLog(
    kafkaBrokers === undefined ? { kind: "embedded", dir: join(dir, "log") } : { kind: "kafka", brokers: kafkaBrokers, clientId: "bench" },
  );
  try {
    const { ours, naive } = await runRounds({ log, store, runId: String(process.pid) }, settings);
    const ratio = ours.reportsPerS / naive.reportsPerS;
    const result = { log: log.kind, cores: availableParallelism(), cells: 96, ...settings, ours, naive, ratio };
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : textOf(result));
  } finally {
    await log.close();
    await store.close();
    await removeTestDir(dir);
  }
}

function textOf({
  log,
  cores,
  reports,
  naiveReports,
  rounds,
  ours,
  naive,
  ratio,
}: Record<"log", string> &
  Record<"cores" | "reports" | "naiveReports" | "rounds" | "ratio", number> &
  Record<"ours" | "naive", Measurement>): string {
  const line = (name: string, { reportsPerS, cpuUsPerReport }: Measurement) =>
    `${name.padEnd(58)} ${reportsPerS.toLocaleString("en").padStart(9)} reports/s  ${cpuUsPerReport.toFixed(1).padStart(6)} us CPU each\n`;
  return [
    `Reports with 96 cells, ${log} log to committed rows in ClickHouse; ${cores} cores, medians of ${rounds} interleaved rounds\n`,
    line(`ours:  GB/T 32960 frames, Native inserts (${reports} per round)`, ours),
    line(`naive: JSON.parse, zod, JSONEachRow per 1,000 (${naiveReports} per round)`, naive),
    `ratio ${ratio.toFixed(1)}\n`,
  ].join("");
}

await main();
