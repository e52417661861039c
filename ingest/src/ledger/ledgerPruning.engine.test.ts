import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { isAccountSound } from "@bellwether/contracts/operations";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { readAccount } from "./account.ts";
import { pruneLedger } from "./ledgerPruning.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test?.close());

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 5, 1);
const KEEP = { nowMs: NOW_MS, keepMs: 30 * DAY_MS };

/** Ranges of ten records each, one a day, the last one today. */
async function record(topic: string, ranges: number): Promise<void> {
  const rows = Array.from({ length: ranges }, (_, i) => ({
    ...{ log_topic: topic, log_partition: 1, first_offset: i * 10, last_offset: i * 10 + 9, records: 10, landed: 9, samples: 9 },
    ...{ ignored: 1, rejected: 0, min_event_time: null, max_event_time: null },
    recorded_at: new Date(NOW_MS - (ranges - 1 - i) * DAY_MS).toISOString(),
  }));
  const states = (["pending", "landed"] as const).flatMap((state) => rows.map((row) => ({ ...row, state })));
  await test.store.insertRows("ingest_ledger", states, { token: topic });
}

const accountOf = async (topic: string) => (await readAccount(test.store)).find((account) => account.topic === topic);

async function rangesOf(topic: string): Promise<number> {
  const sql = "SELECT count() AS n FROM ingest_ledger FINAL WHERE log_topic = {topic:String}";
  const [counted] = await test.store.query(sql, z.object({ n: z.coerce.number() }), { params: { topic } });
  return counted?.n ?? 0;
}

it("keeps what is younger than the limit, and the account of that is sound", async () => {
  await record("young-and-old", 100);
  expect(await pruneLedger(test.store, KEEP)).toBe(1);
  expect(await rangesOf("young-and-old")).toBe(31);
  const account = await accountOf("young-and-old");
  expect(account).toMatchObject({
    firstOffset: 690,
    lastOffset: 999,
    records: 310,
    landed: 279,
    ignored: 31,
    gaps: 0,
    doubles: 0,
    pending: 0,
  });
  expect(account !== undefined && isAccountSound(account)).toBe(true);
  expect(await pruneLedger(test.store, KEEP)).toBe(0);
});

it("keeps the newest range of a partition that has been silent for longer than the limit", async () => {
  await record("silent", 5);
  await pruneLedger(test.store, { nowMs: NOW_MS + 90 * DAY_MS, keepMs: 30 * DAY_MS });
  expect(await rangesOf("silent")).toBe(1);
  expect(await accountOf("silent")).toMatchObject({ firstOffset: 40, lastOffset: 49, gaps: 0, records: 10 });
});

it("has the same account when it is cut short behind the horizon, and removes the rest at the next turn", async () => {
  await record("cut-short", 100);
  const cut = { ...test.store, command: () => Promise.reject(new Error("killed")) };
  await expect(pruneLedger(cut, KEEP)).rejects.toThrow("killed");
  expect(await rangesOf("cut-short")).toBe(100);
  const account = await accountOf("cut-short");
  expect(account).toMatchObject({ firstOffset: 690, records: 310, gaps: 0, doubles: 0 });
  await pruneLedger(test.store, KEEP);
  expect(await rangesOf("cut-short")).toBe(31);
  expect(await accountOf("cut-short")).toEqual(account);
});
