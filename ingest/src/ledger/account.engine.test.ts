import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { isAccountSound } from "@bellwether/contracts/operations";
import { afterAll, beforeAll, expect, it } from "vitest";
import { jsonRecord, testIngest, withTestLog } from "../testing.ts";
import { readAccount, readAccountWithLag } from "./account.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const AT = "2026-05-01T10:00:00.000Z";

interface Range {
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly state?: "pending" | "landed";
  readonly parked?: number;
}

async function record(topic: string, { partition, first, last, state = "landed", parked = 0 }: Range): Promise<void> {
  const records = last - first + 1;
  const row = { log_topic: topic, log_partition: partition, first_offset: first, last_offset: last, state, recorded_at: AT };
  const counts = { records, landed: records - parked, samples: records - parked, ignored: 0, rejected: parked };
  await test.store.insertRows("ingest_ledger", [{ ...row, ...counts }], { token: `${topic}:${partition}:${first}-${last}:${state}` });
}

async function accountOf(topic: string, partition = 0) {
  return (await readAccount(test.store)).find((row) => row.topic === topic && row.partition === partition);
}

it("counts gaps, doubles and what is in flight; a range that was announced and then landed counts once", async () => {
  const topic = "account";
  await record(topic, { partition: 0, first: 0, last: 9, state: "pending" });
  await record(topic, { partition: 0, first: 0, last: 9 });
  await record(topic, { partition: 0, first: 10, last: 19 });
  expect(await accountOf(topic)).toMatchObject({
    firstOffset: 0,
    lastOffset: 19,
    records: 20,
    landed: 20,
    gaps: 0,
    doubles: 0,
    pending: 0,
  });
  await record(topic, { partition: 0, first: 25, last: 29 });
  expect(await accountOf(topic)).toMatchObject({ gaps: 5, doubles: 0 });
  await record(topic, { partition: 0, first: 28, last: 33 });
  expect(await accountOf(topic)).toMatchObject({ gaps: 5, doubles: 2, unaccounted: 0 });
  await record(topic, { partition: 0, first: 34, last: 40, state: "pending" });
  // A fenced writer's announcement inside what somebody else has landed.
  await record(topic, { partition: 0, first: 12, last: 15, state: "pending" });
  const account = await accountOf(topic);
  expect(account).toMatchObject({ pending: 7, records: 31 });
  expect(account !== undefined && isAccountSound(account)).toBe(false);
});

it("breaks the identity when the ledger says parked and no parked record is there", async () => {
  await record("broken", { partition: 3, first: 5, last: 9, parked: 2 });
  expect(await accountOf("broken", 3)).toMatchObject({ records: 5, landed: 3, parked: 0, unaccounted: 2 });
  const letter = {
    log_topic: "broken",
    log_partition: 3,
    log_offset: 7,
    reason: "schema",
    detail: "",
    received_time: AT,
    key: "",
    raw_bytes: 1,
  };
  await test.store.insertRows("rejected_records", [letter, { ...letter, log_offset: 8, reason: "empty" }], { token: "letters" });
  expect(await accountOf("broken", 3)).toMatchObject({ parked: 2, parkedByReason: { schema: 1, empty: 1 }, unaccounted: 0 });
});

it("accounts for a partition of which nothing has landed yet", async () => {
  await record("fresh", { partition: 0, first: 0, last: 3, state: "pending" });
  expect(await accountOf("fresh")).toMatchObject({ firstOffset: null, records: 0, pending: 4, gaps: 0, parked: 0 });
});

it("is sound after a real run, with the committed offset and no lag", async () => {
  await withTestLog(async (log) => {
    const topic = "account-run";
    const ingest = testIngest({ log, store: test.store }, { ingestTopic: topic, ingestPartitions: 2, ingestBlockRows: 7 });
    await ingest.start();
    const records = Array.from({ length: 50 }, (_, i) => jsonRecord(`V${i % 5}`, { eventTime: Date.parse(AT) + i * 1000, socPct: 50 }));
    await log.sink.send(topic, [...records, { key: "V1", value: Buffer.from("rubbish") }, { key: "V2", value: Buffer.from("{") }]);
    await ingest.drain();
    await ingest.stop();
    const rows = (await readAccountWithLag({ store: test.store, log }, { topic, group: "bellwether-ingest" })).filter(
      (row) => row.topic === topic,
    );
    expect(rows.reduce((sum, row) => sum + row.records, 0)).toBe(52);
    expect(Object.assign({}, ...rows.map((row) => row.parkedByReason))).toEqual({ unknown_format: 1, malformed: 1 });
    for (const row of rows) {
      expect(isAccountSound(row)).toBe(true);
      const committedOffset = row.lastOffset === null ? null : row.lastOffset + 1;
      expect(row).toMatchObject({ lag: 0, pending: 0, absent: 0, committedOffset });
    }
  });
});
