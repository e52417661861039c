import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { alertsConfigSchema } from "@bellwether/alerts/config";
import { saveContact } from "@bellwether/alerts/routing/people";
import { createAlerts } from "@bellwether/alerts/service";
import { loadRules } from "@bellwether/analytics/catalogue";
import { analyticsConfigSchema } from "@bellwether/analytics/config";
import { createAnalytics } from "@bellwether/analytics/service";
import { openTestPostgres } from "@bellwether/postgres/testing";
import { startBroker } from "@bellwether/runtime/kafka/broker/broker";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { z } from "zod";
import { halfLoad } from "./freshness.ts";
import { type Stations, type Watch, watchStations } from "./latencyStages.ts";
import { START_MS } from "./load.ts";
import { type Delivery, producePaced, produceToKafka } from "./producer.ts";
import { type Bench, countOf, ingestOf, PARTITIONS, print, withBench } from "./setup.ts";

/**
 * From signal to message: `npm run bench:latency -- [--kafka] [--alarms 60] [--rate 500|half] [--vehicles 500] [--probe 100000]`. A car
 * reports the maker's highest alarm with its reason once, which decides; measured is the time from that report's `send` to the
 * webhook's arrival at the owner's address, through ingest, analytics and alerts with their default settings, and when it came past
 * each station between, while other cars report at `--rate` a second from a process of their own; `half`: half of what ingest alone
 * reaches here with `--probe` reports. Measured in the steady state: after a first message has shown that every consumer has joined,
 * and after a warm-up. On the embedded log, on a Kafka of its own (`--kafka`, needs Java), or on the one at KAFKA_BROKERS.
 */

const RULES_DIR = fileURLToPath(new URL("../../../analytics/rules/", import.meta.url));
const WAIT_MS_MAX = 120_000;
const FIRST_VIN = "LALARMFIRST000000";
/** Until ingest and analytics have come to their steady pace. */
const WARM_UP_MS = 6_000;
/** How far the other cars' clocks are behind at the start, so that a load faster than their own pace stays in the past, and is live all the same. */
const BEHIND_MS = 50 * 60_000;
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

interface Traffic {
  readonly rate: number;
  readonly vehicles: number;
}

async function run(bench: Bench, { alarms, rate, vehicles }: Traffic & { alarms: number }): Promise<object> {
  const topic = `bench-${bench.runId}-latency`;
  await bench.log.ensureTopics([{ topic, partitions: PARTITIONS }]);
  const [postgres, receiver, catalogue] = await Promise.all([openTestPostgres(), startReceiver(), loadRules(RULES_DIR)]);
  const watch = watchStations(bench.store, bench.log.sink);
  const common = { store: watch.store, logger, metrics: createMetrics(), now: Date.now };
  const config = alertsConfigSchema.parse({
    webhookSecret: `whsec_${Buffer.from("the benchmark's secret, 32 bytes").toString("base64")}`,
    webhookAllowPrivate: true,
    alertsGroup: `${topic}-alerts`,
  });
  const analytics = createAnalytics({ ...common, sink: watch.sink, config: analyticsConfigSchema.parse({}) });
  const ingest = ingestOf({ log: bench.log, store: watch.store }, topic, {}, () => analytics.wake());
  const alerts = createAlerts({ ...common, log: bench.log, db: postgres.db, advice: catalogue, config });
  const vins = Array.from({ length: alarms }, (_, i) => `LALARM${String(i).padStart(11, "0")}`);
  const owner = { name: "O", language: "en", channel: "webhook", address: receiver.url, timeZone: "UTC", dealerId: null } as const;
  for (const vin of [FIRST_VIN, ...vins])
    await saveContact(postgres.db, { ...owner, vin, consent: { textVersion: "1", at: "2026-01-01T00:00:00.000Z" } });
  const traffic = new AbortController();
  try {
    await alerts.start();
    await ingest.start();
    analytics.start();
    // The first message shows that every consumer has joined its group; what waits for that is no steady state.
    await raiseAlarms(bench.log, topic, [FIRST_VIN]);
    await untilAllArrived([FIRST_VIN], receiver.arrivals);
    const others = sendTraffic(bench, topic, { rate, vehicles }, traffic.signal);
    await delay(WARM_UP_MS);
    const sent = await raiseAlarms(bench.log, topic, vins);
    await untilAllArrived(vins, receiver.arrivals);
    traffic.abort();
    const othersPerS = await others;
    await watch.gather(postgres.db, vins);
    return reportOf(vins, sent, receiver.arrivals, watch, { asked: rate, sent: othersPerS });
  } finally {
    traffic.abort();
    await ingest.stop();
    await analytics.stop();
    await alerts.stop();
    receiver.close();
    await postgres.close();
  }
}

/** A quiet report and one with the alarm and its reason a car, cars at uneven distances, so that they meet every phase of the services' ticks. */
async function raiseAlarms(log: RecordLog, topic: string, vins: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sent = new Map<string, number>();
  for (const [i, vin] of vins.entries()) {
    const report = (atMs: number, alarm: object) => ({
      key: vin,
      value: Buffer.from(JSON.stringify({ vin, eventTime: atMs, speedKmh: 40, ...alarm })),
    });
    await log.sink.send(topic, [report(Date.now() - 1000, { alarmLevel: 0, alarmFlags: 0 })]);
    sent.set(vin, performance.now());
    await log.sink.send(topic, [report(Date.now(), { alarmLevel: 3, alarmFlags: 2 })]);
    await delay(137 + ((i * 61) % 400));
  }
  return sent;
}

/** Reports of other cars, made in a process of their own, of a time not long ago; returns how many were sent a second. */
async function sendTraffic({ log, brokers }: Bench, topic: string, { rate, vehicles }: Traffic, signal: AbortSignal): Promise<number> {
  if (rate === 0) return 0;
  const firstSecond = Math.floor((Date.now() - BEHIND_MS - START_MS) / 1000);
  const pace = { reports: Number.MAX_SAFE_INTEGER, reportsPerS: rate, firstSecond, vehicles };
  if (brokers !== undefined) return produceToKafka(pace, { brokers, topic }, signal);
  const startedMs = performance.now();
  let sent = 0;
  const take = ({ records }: Delivery) => {
    log.sink.send(topic, records).then(() => {
      sent += records.length;
    }, process.exit);
  };
  await producePaced(pace, take, signal);
  return Math.round(sent / ((performance.now() - startedMs) / 1000));
}

async function untilAllArrived(vins: readonly string[], arrivals: ReadonlyMap<string, number>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  while (vins.some((vin) => !arrivals.has(vin)) && performance.now() < deadlineMs) await delay(20);
}

function reportOf(
  vins: readonly string[],
  sent: ReadonlyMap<string, number>,
  arrivals: ReadonlyMap<string, number>,
  watch: Watch,
  others: { asked: number; sent: number },
) {
  const told = vins.flatMap((vin) => {
    const [sentMs, arrivedMs] = [sent.get(vin), arrivals.get(vin)];
    return sentMs === undefined || arrivedMs === undefined ? [] : [watch.stations(vin, sentMs, arrivedMs)];
  });
  const at = (station: keyof Stations, share: number) =>
    shareOf(
      told.map((one) => one[station]),
      share,
    );
  const station = (name: keyof Stations) => ({ p50: at(name, 0.5), p99: at(name, 0.99) });
  return {
    ...{ alarms: vins.length, arrived: told.length, otherReportsPerS: others.asked, otherReportsSentPerS: others.sent },
    ...{ p50Ms: at("received", 0.5), p99Ms: at("received", 0.99), maxMs: at("received", 1), load: loadavg()[0] },
    msSinceSent: { landed: station("landed"), published: station("published"), decided: station("decided") },
    loopDelayMs: watch.loopDelayMs(),
  };
}

function shareOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { alarms: text, rate: text, probe: text, vehicles: text, kafka: { type: "boolean", default: false } },
  });
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-kafka-"));
  const broker = values.kafka ? await startBroker({ dir, isLongLived: true }) : undefined;
  try {
    await withBench(async (bench) => {
      const rate = values.rate === "half" ? await halfLoad(bench, countOf(values.probe, 100_000)) : countOf(values.rate, 500);
      const report = await run(bench, { alarms: countOf(values.alarms, 60), rate, vehicles: countOf(values.vehicles, 500) });
      print(JSON.stringify({ log: bench.brokers === undefined ? "embedded" : "kafka", ...report }));
    }, broker?.brokers);
  } finally {
    await broker?.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

await main();
