import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { isAccountSound } from "@bellwether/contracts/operations";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readAccount } from "../ledger/account.ts";
import type { Ingest } from "../service.ts";
import { createGate, interceptedStore, jsonRecord, testIngest, withTestLog } from "../testing.ts";
import { createEpochs } from "./hold.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const EVENT_MS = Date.UTC(2026, 4, 1, 10);
const REPORTS = 40;
const countRow = z.object({ n: z.coerce.number(), u: z.coerce.number() });

const reports = (vin: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => jsonRecord(vin, { eventTime: EVENT_MS + (from + i) * 1000, socPct: 50 }));

async function expectExactlyOnce(topic: string, expected: number): Promise<void> {
  const [rows] = await test.store.query(
    "SELECT count() AS n, uniqExact(log_partition, log_offset) AS u FROM telemetry WHERE log_topic = {topic:String}",
    countRow,
    { params: { topic } },
  );
  expect(rows).toEqual({ n: expected, u: expected });
  const accounts = (await readAccount(test.store)).filter((row) => row.topic === topic);
  for (const account of accounts) expect([account, isAccountSound(account)]).toEqual([account, true]);
  expect(accounts.reduce((sum, { pending }) => sum + pending, 0)).toBe(0);
}

describe("a claim", () => {
  it("takes the partition from whoever held it, and from nobody else", async () => {
    const epochs = (owner: string) => createEpochs({ store: test.store, owner, now: Date.now });
    const first = await epochs("a").claim("t", 0);
    await first.check();
    const other = await epochs("b").claim("t", 1);
    await first.check();
    const second = await epochs("b").claim("t", 0);
    await second.check();
    await other.check();
    await expect(first.check()).rejects.toMatchObject({
      code: "fenced",
      message: expect.stringContaining("expected to hold it in epoch 1"),
    });
    expect(first.signal.aborted).toBe(true);
  });
});

/** A store that holds up the n-th insert into a table until told; `reached` resolves when it gets there. */
function stallingStore(store: ColumnStore, { table, n, when }: { table: string; n: number; when: "before" | "after" }) {
  const gate = createGate();
  const reached = createGate();
  let inserts = 0;
  const stall = async () => {
    reached.open();
    await gate.opened;
  };
  const stalling = interceptedStore(store, async (into, run) => {
    const isTheOne = into === table && inserts++ === n;
    if (isTheOne && when === "before") await stall();
    await run();
    if (isTheOne && when === "after") await stall();
  });
  return { store: stalling, reached: reached.opened, wake: gate.open };
}

describe("a writer that stalls, loses its partition without noticing, and wakes up", () => {
  // Two groups on one topic: the second owner takes over while the first still believes to hold the partition.
  it.each([
    { table: "ingest_ledger", n: 2, when: "before", fenced: 1 },
    { table: "ingest_ledger", n: 2, when: "after", fenced: 1 },
    { table: "telemetry", n: 1, when: "before", fenced: 0 },
    { table: "telemetry", n: 1, when: "after", fenced: 0 },
    { table: "ingest_ledger", n: 3, when: "before", fenced: 0 },
  ] as const)("inserts nothing twice: $when insert $n into $table", async ({ table, n, when, fenced }) => {
    await withTestLog(async (log) => {
      const topic = `stall-${table}-${n}-${when}`;
      const vin = topic.toUpperCase().slice(0, 32);
      const settings = { ingestTopic: topic, ingestPartitions: 1, ingestBlockRows: 10, ingestBlockAge: 60_000 };
      const stalled = stallingStore(test.store, { table, n, when });
      const old = testIngest({ log, store: stalled.store }, { ...settings, ingestGroup: "old" });
      await old.start();
      await log.sink.send(topic, reports(vin, 0, REPORTS));
      await stalled.reached;
      // Other limits, so that only the ledger can make the same cuts.
      const owner = testIngest({ log, store: test.store }, { ...settings, ingestBlockRows: 7, ingestGroup: "new" });
      await owner.start();
      await owner.drain();
      stalled.wake();
      await old.stop();
      await old.done;
      expect(old.stats().fenced).toBeGreaterThanOrEqual(fenced);
      await log.sink.send(topic, reports(vin, REPORTS, 5));
      await owner.drain();
      await owner.stop();
      await expectExactlyOnce(topic, REPORTS + 5);
    });
  });
});

it("a writer that wakes up when its token is forgotten leaves nothing twice behind a merge", async () => {
  await test.store.command("ALTER TABLE telemetry MODIFY SETTING non_replicated_deduplication_window = 1");
  await withTestLog(async (log) => {
    const settings = { ingestTopic: "forgotten", ingestPartitions: 1, ingestBlockRows: 10, ingestBlockAge: 60_000 };
    const stalled = stallingStore(test.store, { table: "telemetry", n: 0, when: "before" });
    const old = testIngest({ log, store: stalled.store }, { ...settings, ingestGroup: "old" });
    await old.start();
    await log.sink.send("forgotten", reports("FORGOTTEN", 0, REPORTS));
    await stalled.reached;
    const owner = testIngest({ log, store: test.store }, { ...settings, ingestGroup: "new" });
    await owner.start();
    await owner.drain();
    stalled.wake();
    await old.stop();
    await owner.stop();
  });
  await test.store.command("ALTER TABLE telemetry MODIFY SETTING non_replicated_deduplication_window = 10000");
  const count = async (final: string) =>
    (
      await test.store.query(
        `SELECT count() AS n, uniqExact(log_offset) AS u FROM telemetry ${final} WHERE log_topic = 'forgotten'`,
        countRow,
      )
    )[0];
  expect(await count("FINAL")).toEqual({ n: REPORTS, u: REPORTS });
  expect((await readAccount(test.store)).filter((row) => row.topic === "forgotten").every(isAccountSound)).toBe(true);
});

it("lands a block whose tokens an engine remembers although it was killed before the rows were there", async () => {
  await withTestLog(async (log) => {
    const topic = "remembered";
    const token = `${topic}:0:0-9`;
    const other = { vin: "OTHER", event_time: "2026-01-01T00:00:00Z", received_time: "2026-01-01T00:00:00Z" };
    await test.store.insertRows("telemetry", [other], { token });
    await test.store.insertRows("dtc_events", [{ ...other, system: "obd", code: "P0000" }], { token });
    await test.store.insertRows("rejected_records", [{ log_topic: "other", log_partition: 0, log_offset: 0 }], { token });
    const range = { log_topic: topic, log_partition: 0, first_offset: 0, last_offset: 9, state: "pending" };
    await test.store.insertRows("ingest_ledger", [range], { token: `${token}:pending` });
    await test.store.insertRows("ingest_ledger", [{ ...range, log_topic: "other", state: "landed" }], { token: `${token}:landed` });
    await log.ensureTopics([{ topic, partitions: 1 }]);
    const dtcs = [{ system: "obd", code: "P0A80" }];
    await log.sink.send(topic, [
      ...Array.from({ length: 9 }, (_, i) => jsonRecord("REMEMBERED", { eventTime: EVENT_MS + i * 1000, socPct: 50, dtcs })),
      { key: "REMEMBERED", value: Buffer.from("rubbish") },
    ]);
    await join(log, { ingestTopic: topic, ingestPartitions: 1, ingestBlockRows: 3 }, (ingest) => ingest.drain());
    await expectExactlyOnce(topic, 9);
    const [codes] = await test.store.query(
      "SELECT count() AS n, uniqExact(event_time) AS u FROM dtc_events WHERE vin = 'REMEMBERED'",
      countRow,
    );
    expect(codes).toEqual({ n: 9, u: 9 });
    expect((await readAccount(test.store)).find((row) => row.topic === topic)).toMatchObject({
      records: 10,
      landed: 9,
      parked: 1,
      pending: 0,
    });
  });
});

describe("members of one group", () => {
  it("hand partitions over while records flow, and every report lands once", async () => {
    await withTestLog(async (log) => {
      const topic = "members";
      const settings = { ingestTopic: topic, ingestPartitions: 3, ingestBlockRows: 11, ingestBlockAge: 20 };
      let sent = 0;
      const send = async () => {
        for (let i = 0; i < 9; i++, sent += 7) await log.sink.send(topic, reports(`MEMBER${i}`, sent, 7));
      };
      await join(log, settings, async (first) => {
        await send();
        await join(log, settings, async () => {
          await send();
          await join(log, settings, send);
          await send();
        });
        await send();
        await first.drain();
      });
      await expectExactlyOnce(topic, sent);
    });
  });
});

async function join(log: RecordLog, settings: Parameters<typeof testIngest>[1], work: (ingest: Ingest) => Promise<void>): Promise<void> {
  const ingest = testIngest({ log, store: test.store }, settings);
  await ingest.start();
  await work(ingest);
  await ingest.stop();
  await ingest.done;
}
