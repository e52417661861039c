import { loadavg } from "node:os";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { createFrames } from "./load.ts";
import { producePaced, wallMs } from "./producer.ts";
import { type Bench, ingestOf, measure, PARTITIONS, print, produce, settle } from "./setup.ts";

/** Time from `send` to queryable, per report, while reports come at half the rate this machine can take. */

export interface FreshnessSettings {
  readonly seconds: number;
  /** Reports per second; absent: half of what a run over `probeReports` reaches. */
  readonly rate: number | undefined;
  readonly probeReports: number;
}

const FIRST_SECOND = 50_000;
const TOKEN_RANGE = /:(\d+):(\d+)-(\d+)$/;

export async function benchFreshness(bench: Bench, { seconds, rate, probeReports }: FreshnessSettings): Promise<object> {
  const reportsPerS = rate ?? (await halfLoad(bench, probeReports));
  const topic = `bench-${bench.runId}-fresh`;
  await bench.log.ensureTopics([{ topic, partitions: PARTITIONS }]);
  const sentMs: number[][] = Array.from({ length: PARTITIONS }, () => []);
  const agesMs: number[] = [];
  const ingest = ingestOf({ log: bench.log, store: watched(bench.store, sentMs, agesMs) }, topic);
  await ingest.start();
  const sent = await sendPaced(bench, topic, { seconds, reportsPerS, sentMs });
  await ingest.drain();
  await ingest.stop();
  if (agesMs.length !== sent) throw new Error(`expected ${sent} reports to become queryable, got ${agesMs.length}`);
  agesMs.sort((a, b) => a - b);
  const at = (share: number) => Math.round(agesMs[Math.min(agesMs.length - 1, Math.floor(agesMs.length * share))] ?? Number.NaN);
  const load = loadavg()[0];
  print(`freshness at ${reportsPerS.toLocaleString("en")} reports/s (half load) over ${seconds} s, machine's load ${load?.toFixed(1)}:`);
  print(`  from send to queryable: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms; ${sent} reports`);
  return { reports_per_s: reportsPerS, reports: sent, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1), load };
}

/** Half of what ingest alone reaches here, and an engine at rest again. */
export async function halfLoad(bench: Bench, probeReports: number): Promise<number> {
  const reportsPerS = await probe(bench, probeReports);
  await settle(bench.store);
  return Math.round(reportsPerS / 2);
}

async function probe(bench: Bench, reports: number): Promise<number> {
  const run = async (name: string, firstSecond: number, count: number) => {
    const topic = `bench-${bench.runId}-${name}`;
    await produce(bench.log, topic, createFrames(count, firstSecond));
    const ingest = ingestOf(bench, topic);
    const { reportsPerS } = await measure(count, async () => {
      await ingest.start();
      await ingest.drain();
    });
    await ingest.stop();
    return reportsPerS;
  };
  await run("warm", 0, Math.ceil(reports / 4));
  return run("probe", FIRST_SECOND / 2, reports);
}

/** Notes how old each report is when its insert is acknowledged, which is when a query sees it. */
function watched(store: ColumnStore, sentMs: readonly (readonly number[])[], agesMs: number[]): ColumnStore {
  return {
    kind: store.kind,
    query: (sql, row, options) => store.query(sql, row, options),
    download: (sql, format, options) => store.download(sql, format, options),
    command: (sql, options) => store.command(sql, options),
    insertRows: (table, rows, options) => store.insertRows(table, rows, options),
    version: () => store.version(),
    close: () => store.close(),
    async insertNative(table, columns, block, options) {
      await store.insertNative(table, columns, block, options);
      const [, partition = "", first = "", last = ""] = TOKEN_RANGE.exec(options.token) ?? [];
      const nowMs = wallMs();
      const sent = sentMs[Number(partition)] ?? [];
      if (table === "telemetry") for (let at = Number(first); at <= Number(last); at++) agesMs.push(nowMs - (sent[at] ?? nowMs));
    },
  };
}

/** Puts what the producer makes into the log as it comes. Returns how many reports that were. */
async function sendPaced(
  { log }: Bench,
  topic: string,
  { seconds, reportsPerS, sentMs }: { seconds: number; reportsPerS: number; sentMs: readonly number[][] },
): Promise<number> {
  const sends: Promise<void>[] = [];
  let sent = 0;
  await producePaced({ reports: seconds * reportsPerS, reportsPerS, firstSecond: FIRST_SECOND }, ({ sentMs: madeMs, records }) => {
    const batch = records.map((record) => {
      const partition = sent++ % PARTITIONS;
      sentMs[partition]?.push(madeMs);
      return { ...record, partition };
    });
    sends.push(log.sink.send(topic, batch));
  });
  await Promise.all(sends);
  return sent;
}
