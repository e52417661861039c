import { once } from "node:events";
import { createServer } from "node:http";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { alertsConfigSchema } from "@bellwether/alerts/config";
import { saveContact } from "@bellwether/alerts/people";
import { createAlerts } from "@bellwether/alerts/service";
import { loadRules } from "@bellwether/analytics/catalogue";
import { analyticsConfigSchema } from "@bellwether/analytics/config";
import { createAnalytics } from "@bellwether/analytics/service";
import { openTestPostgres } from "@bellwether/postgres/testing";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { z } from "zod";
import { createFrames } from "./load.ts";
import { type Bench, ingestOf, PARTITIONS, withBench } from "./setup.ts";

/**
 * From signal to message: `npm run bench:latency -- [--alarms 60] [--rate 500]`. A car reports the maker's highest alarm
 * twice; measured is the time from the second report's `send` to the webhook's arrival at the owner's address, through ingest,
 * analytics and alerts with their default settings, while other cars report at `--rate` a second. On the embedded log, or on
 * Kafka where KAFKA_BROKERS is set.
 */

const RULES_DIR = fileURLToPath(new URL("../../../analytics/rules/", import.meta.url));
const WAIT_MS_MAX = 120_000;
const logger = createLogger({ service: "bench", level: "error" });

interface Receiver {
  readonly url: string;
  /** Arrival of the first message about a car, ms of performance.now(). */
  readonly arrivals: ReadonlyMap<string, number>;
  close(): void;
}

const bodySchema = z.object({ data: z.object({ vin: z.string() }) });

async function startReceiver(): Promise<Receiver> {
  const arrivals = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { vin } = bodySchema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8"))).data;
      if (!arrivals.has(vin)) arrivals.set(vin, performance.now());
      response.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/owner`, arrivals, close: () => server.close() };
}

async function run(bench: Bench, { alarms, rate }: { alarms: number; rate: number }): Promise<object> {
  const topic = `bench-${bench.runId}-latency`;
  await bench.log.ensureTopics([{ topic, partitions: PARTITIONS }]);
  const [postgres, receiver, catalogue] = await Promise.all([openTestPostgres(), startReceiver(), loadRules(RULES_DIR)]);
  const common = { store: bench.store, logger, metrics: createMetrics(), now: Date.now };
  const config = alertsConfigSchema.parse({
    webhookSecret: `whsec_${Buffer.from("the benchmark's secret, 32 bytes").toString("base64")}`,
    webhookAllowPrivate: true,
    alertsGroup: `${topic}-alerts`,
  });
  const analytics = createAnalytics({ ...common, sink: bench.log.sink, config: analyticsConfigSchema.parse({}) });
  const ingest = ingestOf(bench, topic, {}, () => analytics.wake());
  const alerts = createAlerts({ ...common, log: bench.log, db: postgres.db, advice: catalogue, config });
  const vins = Array.from({ length: alarms }, (_, i) => `LALARM${String(i).padStart(11, "0")}`);
  const owner = { name: "O", language: "en", channel: "webhook", address: receiver.url, timeZone: "UTC", dealerId: null } as const;
  for (const vin of vins) await saveContact(postgres.db, { ...owner, vin, consent: { textVersion: "1", at: "2026-01-01T00:00:00.000Z" } });
  const traffic = new AbortController();
  try {
    await alerts.start();
    await ingest.start();
    analytics.start();
    const others = sendTraffic(bench.log, topic, rate, traffic.signal);
    const sent = await raiseAlarms(bench.log, topic, vins);
    await untilAllArrived(vins, receiver.arrivals);
    traffic.abort();
    await others;
    return reportOf(vins, sent, receiver.arrivals, rate);
  } finally {
    traffic.abort();
    await ingest.stop();
    await analytics.stop();
    await alerts.stop();
    receiver.close();
    await postgres.close();
  }
}

/** Two reports a car, cars at uneven distances, so that they meet every phase of the services' ticks. */
async function raiseAlarms(log: RecordLog, topic: string, vins: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sent = new Map<string, number>();
  for (const [i, vin] of vins.entries()) {
    const report = (atMs: number) => ({
      key: vin,
      value: Buffer.from(JSON.stringify({ vin, eventTime: atMs, alarmLevel: 3, speedKmh: 40 })),
    });
    await log.sink.send(topic, [report(Date.now() - 1000)]);
    sent.set(vin, performance.now());
    await log.sink.send(topic, [report(Date.now())]);
    await delay(137 + ((i * 61) % 400));
  }
  return sent;
}

async function sendTraffic(log: RecordLog, topic: string, rate: number, signal: AbortSignal): Promise<void> {
  const frames = createFrames(Number.MAX_SAFE_INTEGER, 0);
  while (!signal.aborted && rate > 0) {
    const batch = Array.from({ length: Math.ceil(rate / 10) }, () => frames.next().value).filter((frame) => frame !== undefined);
    await log.sink.send(topic, batch);
    await delay(100, undefined, { signal }).catch(() => undefined);
  }
}

async function untilAllArrived(vins: readonly string[], arrivals: ReadonlyMap<string, number>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  while (vins.some((vin) => !arrivals.has(vin)) && performance.now() < deadlineMs) await delay(20);
}

function reportOf(vins: readonly string[], sent: ReadonlyMap<string, number>, arrivals: ReadonlyMap<string, number>, rate: number) {
  const agesMs = vins
    .flatMap((vin) => {
      const arrivedMs = arrivals.get(vin);
      return arrivedMs === undefined ? [] : [arrivedMs - (sent.get(vin) ?? arrivedMs)];
    })
    .toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(agesMs[Math.min(agesMs.length - 1, Math.floor(agesMs.length * share))] ?? Number.NaN);
  return {
    ...{ alarms: vins.length, arrived: agesMs.length, otherReportsPerS: rate },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), load: loadavg()[0] },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { alarms: { type: "string", default: "60" }, rate: { type: "string", default: "500" } } });
  await withBench(async (bench) => {
    const report = await run(bench, { alarms: Number(values.alarms), rate: Number(values.rate) });
    process.stdout.write(`${JSON.stringify(report)}\n`);
  });
}

await main();
