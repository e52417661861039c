import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { isAccountSound, type PipelineOperations } from "@bellwether/contracts/operations";
import { TOPICS } from "@bellwether/contracts/topics";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { type IngestConfig, ingestConfigSchema } from "./config.ts";
import { createPipelineOperations } from "./operations.ts";
import type { Ingest } from "./service.ts";
import { jsonRecord, testIngest, withTestLog } from "./testing.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const AT = "2026-05-01T10:00:00Z";
const countRow = z.object({ n: z.coerce.number() });

interface Given {
  readonly log: RecordLog;
  readonly topic: string;
  readonly operations: PipelineOperations;
  readonly run: (overrides?: Partial<IngestConfig>) => Promise<Ingest>;
}

async function withTopic(topic: string, work: (given: Given) => Promise<void>, settings: Partial<IngestConfig> = {}): Promise<void> {
  await withTestLog(async (log) => {
    const overrides = { ingestTopic: topic, ingestPartitions: 2, ingestGroup: topic, ...settings };
    const config = { ...ingestConfigSchema.parse({}), ...overrides };
    const operations = createPipelineOperations({ store: test.store, log, config, now: Date.now });
    await log.ensureTopics([{ topic, partitions: 2 }]);
    const run = async (more: Partial<IngestConfig> = {}) => {
      const ingest = testIngest({ log, store: test.store }, { ...overrides, ...more });
      await ingest.start();
      await ingest.drain();
      return ingest;
    };
    await work({ log, topic, operations, run });
  });
}

const ofTopic = async ({ operations, topic }: Given) =>
  (await operations.deadLetters({ limit: 1000 })).filter((letter) => letter.topic === topic);

async function rowsOf(topic: string): Promise<number> {
  const [row] = await test.store.query("SELECT count() AS n FROM telemetry WHERE log_topic = {topic:String}", countRow, {
    params: { topic },
  });
  return row?.n ?? 0;
}

it("shows a dead letter whole: reason, bytes, key, headers, origin", async () => {
  await withTopic("letters-show", async (given) => {
    const { log, topic, run, operations } = given;
    const headers = { source: "gateway-7", password: "hunter2" };
    await log.sink.send(topic, [{ key: "VIN1", value: Buffer.from([0, 255, 254, 10, 35]), headers, partition: 1 }]);
    const ingest = await run();
    await ingest.stop();
    const [letter] = await ofTopic(given);
    expect(letter).toMatchObject({
      ...{ topic, partition: 1, offset: 0, reason: "unknown_format", key: "VIN1", bytes: 5, hex: "00fffe0a23", replays: 0, isWhole: true },
      headers: { source: "gateway-7", password: "***" },
    });
    expect(await operations.deadLetters({ limit: 10, origin: `${topic}:1:0`, reason: "unknown_format" })).toHaveLength(1);
    expect(await operations.deadLetters({ limit: 10, origin: `${topic}:1:0`, reason: "schema" })).toHaveLength(0);
    expect(await operations.deadLetters({ limit: 10, origin: `${topic}:1:0`, since: "2100-01-01T00:00:00.000Z" })).toHaveLength(0);
  });
});

it("replays what a setting has refused once, and never a second time unless told", async () => {
  await withTopic("letters-replay", async (given) => {
    const { log, topic, run, operations } = given;
    const old = Array.from({ length: 7 }, (_, i) => jsonRecord("OLD1", { eventTime: `2020-01-0${i + 1}T00:00:00Z`, socPct: 50 }));
    await log.sink.send(topic, [...old, jsonRecord("OLD1", { eventTime: AT, socPct: 50 }), { key: "OLD1", value: Buffer.from("{") }]);
    const first = await run({ ingestAgeMax: 86_400_000 * 365 });
    await first.stop();
    expect(await rowsOf(topic)).toBe(1);
    expect(await operations.replay({ limit: 100, again: false, reason: "time_too_old" })).toMatchObject({ sent: 7, inDoubt: 0 });
    expect(await operations.replay({ limit: 100, again: false, reason: "time_too_old" })).toMatchObject({ sent: 0 });
    const second = await run();
    await second.stop();
    expect(await rowsOf(topic)).toBe(8);
    expect(await operations.replay({ limit: 100, again: true, reason: "time_too_old" })).toMatchObject({ sent: 7 });
    expect((await ofTopic(given)).map(({ reason, replays }) => `${reason} ${replays}`).sort()).toEqual([
      "malformed 0",
      ...Array.from({ length: 7 }, () => "time_too_old 2"),
    ]);
    expect((await operations.account()).filter((row) => row.topic === topic).every(isAccountSound)).toBe(true);
  });
});

it("keeps a replayed record that fails again as one dead letter, and sends it to the topic once", async () => {
  await withTopic("letters-again", async (given) => {
    const { log, topic, run, operations } = given;
    await log.sink.send(topic, [{ key: "V1", value: Buffer.from("rubbish") }]);
    await (await run()).stop();
    const [before] = await ofTopic(given);
    for (const attempt of [1, 2, 3]) {
      expect(await operations.replay({ limit: 10, again: true, origin: `${topic}:${before?.partition}:0` })).toMatchObject({ sent: 1 });
      await (await run()).stop();
      expect(await ofTopic(given)).toEqual([{ ...before, replays: attempt, lastSeenAt: expect.any(String) }]);
    }
    expect((await log.endOffsets(TOPICS.deadLetters)).reduce((sum, { nextOffset }) => sum + nextOffset, 0)).toBe(1);
    const accounts = (await operations.account()).filter((row) => row.topic === topic);
    expect(accounts.reduce((sum, { parked }) => sum + parked, 0)).toBe(4);
    expect(accounts.every(isAccountSound)).toBe(true);
  });
});

it("finishes a replay that was cut short: sends what was not sent, once ingest has caught up", async () => {
  await withTopic("letters-cut", async (given) => {
    const { log, topic, run } = given;
    await log.sink.send(topic, [jsonRecord("CUT1", { eventTime: "2020-01-01T00:00:00Z", socPct: 50 })]);
    await (await run({ ingestAgeMax: 86_400_000 * 365 })).stop();
    const config = { ...ingestConfigSchema.parse({}), ingestTopic: topic, ingestGroup: topic };
    const brokenSink = { ...log, sink: { send: () => Promise.reject(new Error("cut short")) } };
    const broken = createPipelineOperations({ store: test.store, log: brokenSink, config, now: Date.now });
    const request = { limit: 10, again: false, reason: "time_too_old" } as const;
    await expect(
      broken.replay({ ...request, origin: `${topic}:0:0` }).then(() => broken.replay({ ...request, origin: `${topic}:1:0` })),
    ).rejects.toThrow("cut short");
    await log.sink.send(topic, [jsonRecord("CUT2", { eventTime: AT, socPct: 50 })]);
    const [letter] = await ofTopic(given);
    const origin = `${topic}:${letter?.partition}:0`;
    expect(await given.operations.replay({ ...request, origin })).toMatchObject({ sent: 0, inDoubt: 1 });
    await (await run()).stop();
    expect(await given.operations.replay({ ...request, origin })).toMatchObject({ sent: 1, inDoubt: 0 });
    expect(await given.operations.replay({ ...request, origin })).toMatchObject({ sent: 0, alreadyReplayed: 1 });
    await (await run()).stop();
    expect(await rowsOf(topic)).toBe(2);
  });
});
