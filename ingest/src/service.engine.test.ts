import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { BellwetherError } from "@bellwether/contracts/errors";
import { DEAD_LETTER_HEADERS, TOPICS } from "@bellwether/contracts/topics";
import { openEmbeddedLog } from "@bellwether/runtime/log/embedded";
import type { LogRecord, OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type IngestConfig, ingestConfigSchema } from "./config.ts";
import { encodeReport } from "./gbt32960/encode.ts";
import { createIngest, type Ingest } from "./service.ts";

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.close();
});

const EVENT_MS = Date.UTC(2026, 0, 31, 23, 59, 0);
const countRow = z.object({ n: z.coerce.number(), u: z.coerce.number() });

async function withLog<T>(work: (log: RecordLog) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-log-"));
  const log = await openEmbeddedLog({ dir });
  try {
    return await work(log);
  } finally {
    await log.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function ingestOn(log: RecordLog, store: ColumnStore, overrides: Partial<IngestConfig>): Ingest {
  const config = { ...ingestConfigSchema.parse({}), ingestRetryAttempts: 1, ...overrides };
  return createIngest({
    log,
    store,
    config,
    logger: createLogger({ service: "ingest-test", level: "silent" }),
    metrics: createMetrics(),
    now: Date.now,
  });
}

function frame(vin: string, second: number, cells = 8): OutgoingRecord {
  const cellVoltagesV = Array.from({ length: cells }, (_, i) => 3.7 + i / 1000);
  const values = { packVoltageV: 350, packCurrentA: 12.5, socPct: 80, speedKmh: 42, cellVoltagesV } as const;
  const [bytes] = encodeReport({ edition: 2016, vin, eventTimeMs: EVENT_MS + second * 1000, isReissue: false, values, dtcs: [] });
  if (bytes === undefined) throw new Error("no frame");
  return { key: vin, value: bytes };
}

function json(vin: string, fields: Readonly<Record<string, unknown>>): OutgoingRecord {
  return { key: vin, value: Buffer.from(JSON.stringify({ vin, ...fields })) };
}

async function readAll(log: RecordLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const ends = await log.endOffsets(topic);
  const total = ends.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  if (total === 0) return records;
  let arrived = () => {};
  const all = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const subscription = await log.source.subscribe({
    topics: [topic],
    group: "test-reader",
    async onBatch(batch) {
      records.push(...batch.records);
      if (records.length >= total) arrived();
    },
  });
  await all;
  await subscription.close();
  return records;
}

describe("the ingest service", () => {
  it("lands good records, parks bad ones with their reason, and accounts for all", async () => {
    await withLog(async (log) => {
      const topic = "frames-mixed";
      const ingest = ingestOn(log, test.store, { ingestTopic: topic, ingestPartitions: 2 });
      await ingest.start();
      const good = frame("LTEST000000000001", 1);
      const wrongCheck = Buffer.from(good.value);
      wrongCheck.writeUInt8(wrongCheck.readUInt8(40) ^ 0xff, 40);
      const at = "2026-01-31T12:00:00Z";
      const bad: readonly [string, OutgoingRecord][] = [
        ["bad_checksum", { key: "LTEST000000000001", value: wrongCheck }],
        ["truncated", { key: "LTEST000000000001", value: good.value.subarray(0, 60) }],
        ["unknown_format", { key: "X", value: Buffer.from("rubbish") }],
        ["vin_mismatch", { key: "OTHER", value: good.value }],
        ["empty", { key: "X", value: Buffer.alloc(0) }],
        ["too_large", { key: "X", value: Buffer.alloc(20 * 1024 * 1024, 0x23) }],
        ["schema", json("V1", { eventTime: at, speedKhm: 3 })],
        ["malformed", { key: "V1", value: Buffer.from('{"vin": "V1", ') }],
        ["time_in_future", json("V1", { eventTime: Date.now() + 3_600_000 })],
        ["bad_time", json("V1", { eventTime: "1970-01-01T00:00:00Z" })],
        ["bad_vin", { key: "V 1", value: Buffer.from(JSON.stringify({ vin: "V 1!", eventTime: at })) }],
      ];
      await log.sink.send(topic, [
        good,
        ...bad.map(([, record]) => record),
        frame("LTEST000000000001", 2),
        frame("LTEST000000000002", 120),
      ]);
      await log.sink.send(topic, [json("V1", { eventTime: at, cellVoltagesV: [3.7, 66, 0, 5, null], extra: { odd: 1 } })]);
      await ingest.drain();
      const stats = ingest.stats();
      await ingest.stop();
      await ingest.done;

      expect(stats.rejected).toEqual(Object.fromEntries(bad.map(([reason]) => [reason, 1])));
      expect(stats.landed).toBe(4);
      expect(stats.records).toBe(stats.landed + bad.length + stats.ignoredRecords);
      const rows = await test.store.query(
        `SELECT vin, cell_voltages_v AS cells, quality, extra FROM telemetry WHERE log_topic = {topic:String} ORDER BY vin, event_time`,
        z.object({
          vin: z.string(),
          cells: z.array(z.number().nullable()),
          quality: z.array(z.string()),
          extra: z.record(z.string(), z.number()),
        }),
        { params: { topic } },
      );
      expect(rows.map(({ vin }) => vin)).toEqual(["LTEST000000000001", "LTEST000000000001", "LTEST000000000002", "V1"]);
      expect(rows[0]?.cells).toHaveLength(8);
      expect(rows[3]).toMatchObject({ cells: [3.7, null, null, null, null], quality: ["cellVoltagesV:implausible"], extra: { odd: 1 } });
      const parked = await test.store.query(
        `SELECT reason, raw_bytes FROM rejected_records WHERE log_topic = {topic:String}`,
        z.object({ reason: z.string(), raw_bytes: z.number() }),
        { params: { topic } },
      );
      expect(parked.map(({ reason }) => reason).sort()).toEqual(bad.map(([reason]) => reason).sort());
      const letters = await readAll(log, TOPICS.deadLetters);
      expect(letters.map(({ headers }) => headers[DEAD_LETTER_HEADERS.reason]).sort()).toEqual(bad.map(([reason]) => reason).sort());
      const huge = letters.find(({ headers }) => headers[DEAD_LETTER_HEADERS.reason] === "too_large");
      expect(huge?.headers[DEAD_LETTER_HEADERS.originalBytes]).toBe(String(20 * 1024 * 1024));
      expect(letters.find(({ headers }) => headers[DEAD_LETTER_HEADERS.reason] === "bad_checksum")?.value).toEqual(wrongCheck);
    });
  });

  it("gives every report exactly once whichever write fails, and whether or not it had landed", async () => {
    await withLog(async (log) => {
      let failures = 0;
      for (const when of ["before", "after"] as const) {
        for (let n = 0; ; n++) {
          const topic = `frames-${when}-${n}`;
          const hasFailed = await runWithFailure(log, { topic, when, n });
          await expectExactlyOnce(topic);
          if (!hasFailed) break;
          failures++;
        }
      }
      // Three blocks of: pending, telemetry in two months, trouble codes, rejections, landed.
      expect(failures).toBeGreaterThanOrEqual(2 * 3 * 4);
    });
  });

  it("refuses a topic that was made anew under the same name, before it can drop anything", async () => {
    const run = (log: RecordLog, records: number) =>
      withIngest(log, "frames-anew", async (ingest) => {
        await log.sink.send(
          "frames-anew",
          Array.from({ length: records }, (_, i) => frame("LTEST000000000009", i)),
        );
        await ingest.drain();
      });
    await withLog((log) => run(log, 5));
    await withLog(async (log) => {
      await expect(run(log, 2)).rejects.toThrow(/expected frames-anew partition 0 to reach beyond offset 4.*got an end at 0/);
    });
  });

  it("fails loudly when the store stays away, and says so in done", async () => {
    await withLog(async (log) => {
      const store: ColumnStore = {
        ...test.store,
        insertNative: () => Promise.reject(new BellwetherError("store_unavailable", "the store is away", { retryable: true })),
      };
      const ingest = ingestOn(log, store, { ingestTopic: "frames-away", ingestPartitions: 1 });
      await ingest.start();
      await log.sink.send("frames-away", [frame("LTEST000000000009", 1)]);
      await expect(ingest.drain()).rejects.toThrow("the store is away");
      await expect(ingest.done).rejects.toThrow("the store is away");
      await ingest.stop();
    });
  });
});

async function withIngest(log: RecordLog, topic: string, work: (ingest: Ingest) => Promise<void>): Promise<void> {
  const ingest = ingestOn(log, test.store, { ingestTopic: topic, ingestPartitions: 1 });
  await ingest.start();
  await work(ingest);
  await ingest.stop();
}

const REPORTS = 30;
/** A month ends inside the first block, so that blocks of two pieces are among them. */
const MONTH_ENDS_AFTER = 60;

/** Produces reports, runs ingest with one failing write, then again without; returns whether the failure came. */
async function runWithFailure(
  log: RecordLog,
  { topic, when, n }: { topic: string; when: "before" | "after"; n: number },
): Promise<boolean> {
  const settings = { ingestTopic: topic, ingestPartitions: 1, ingestBlockRows: 12, ingestBlockAge: 60_000 };
  const faulty = failingStore(test.store, { when, n });
  await log.ensureTopics([{ topic, partitions: 1 }]);
  const records = Array.from({ length: REPORTS }, (_, i) => json(vinOf(topic), report(i)));
  await log.sink.send(topic, [...records, { key: vinOf(topic), value: Buffer.from("rubbish") }]);
  const first = ingestOn(log, faulty.store, settings);
  await first.start();
  await first.drain().catch(() => undefined);
  await first.stop();
  // Other limits, so that only the ledger can make the same cuts again.
  const second = ingestOn(log, test.store, { ...settings, ingestBlockRows: 7 });
  await second.start();
  await log.sink.send(topic, [json(vinOf(topic), report(REPORTS))]);
  await second.drain();
  await second.stop();
  await second.done;
  return faulty.hasFailed();
}

/** Each run has a vehicle of its own: the table would merge equal reports of one vehicle and hide a double count. */
function vinOf(topic: string): string {
  return topic.toUpperCase();
}

function report(i: number): Readonly<Record<string, unknown>> {
  const eventTime = EVENT_MS + i * (MONTH_ENDS_AFTER / 6) * 1000;
  return { eventTime, socPct: i, ...(i % 5 === 0 ? { dtcs: [{ system: "obd", code: `P0A${10 + i}` }] } : {}) };
}

async function expectExactlyOnce(topic: string): Promise<void> {
  const inTopic = { params: { topic } };
  const [telemetry] = await test.store.query(
    `SELECT count() AS n, uniqExact(log_offset) AS u FROM telemetry WHERE log_topic = {topic:String}`,
    countRow,
    inTopic,
  );
  expect({ topic, ...telemetry }).toEqual({ topic, n: REPORTS + 1, u: REPORTS + 1 });
  const [parked] = await test.store.query(
    `SELECT count() AS n, uniqExact(log_offset) AS u FROM rejected_records WHERE log_topic = {topic:String}`,
    countRow,
    inTopic,
  );
  expect({ topic, ...parked }).toEqual({ topic, n: 1, u: 1 });
  const [ledger] = await test.store.query(
    `SELECT sum(samples) AS n, countIf(state = 'pending') AS u FROM ingest_ledger FINAL WHERE log_topic = {topic:String}`,
    countRow,
    inTopic,
  );
  expect({ topic, ...ledger }).toEqual({ topic, n: REPORTS + 1, u: 0 });
}

/** Fails the n-th write: instead of doing it, or after doing it (the answer got lost). Everything else goes through. */
function failingStore(store: ColumnStore, { when, n }: { when: "before" | "after"; n: number }) {
  let writes = 0;
  let hasFailed = false;
  const away = () => {
    hasFailed = true;
    return new BellwetherError("store_unavailable", "injected failure", { retryable: true });
  };
  async function write(run: () => Promise<void>): Promise<void> {
    const isTheOne = writes++ === n;
    if (isTheOne && when === "before") throw away();
    await run();
    if (isTheOne) throw away();
  }
  const failing: ColumnStore = {
    kind: store.kind,
    query: (sql, row, options) => store.query(sql, row, options),
    download: (sql, format, options) => store.download(sql, format, options),
    command: (sql, options) => store.command(sql, options),
    insertRows: (table, rows, options) => (rows.length === 0 ? Promise.resolve() : write(() => store.insertRows(table, rows, options))),
    insertNative: (table, columns, block, options) => write(() => store.insertNative(table, columns, block, options)),
    version: () => store.version(),
    close: () => store.close(),
  };
  return { store: failing, hasFailed: () => hasFailed };
}
