import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonRecord, testIngest, withTestLog } from "../testing.ts";
import { BlockContent } from "./content.ts";
import { mendRollup } from "./rollup.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test?.close());

const START_MS = Date.UTC(2026, 0, 3);
const countsRow = z.object({ reports: z.coerce.number(), blocks: z.coerce.number() });

async function counted(topic: string) {
  const sql = `SELECT sum(reports) AS reports, count() AS blocks FROM ingest_rollup FINAL WHERE log_topic = {topic:String}`;
  const [counts] = await test.store.query(sql, countsRow, { params: { topic } });
  return counts;
}

async function land(topic: string, reports: number): Promise<void> {
  await withTestLog(async (log) => {
    await log.ensureTopics([{ topic, partitions: 1 }]);
    const records = Array.from({ length: reports }, (_, i) => jsonRecord(`V${i % 7}`, { eventTime: START_MS + i * 1000, socPct: 50 }));
    await log.sink.send(topic, records);
    const ingest = testIngest({ log, store: test.store }, { ingestTopic: topic, ingestGroup: topic, ingestBlockRows: 40 });
    await ingest.start();
    await ingest.drain();
    await ingest.stop();
  });
}

describe("ingest_rollup", () => {
  it("counts every report that has landed, per block", async () => {
    await land("rollup-counts", 100);
    const counts = await counted("rollup-counts");
    expect(counts?.reports).toBe(100);
    expect(counts?.blocks).toBeGreaterThanOrEqual(3);
  });

  it("counts a block once that is inserted again, with its token and with another", async () => {
    await land("rollup-again", 30);
    const select = `INSERT INTO telemetry SELECT * FROM telemetry FINAL WHERE log_topic = 'rollup-again'`;
    for (const token of ["first", "first", "second"]) await test.store.command(select, { settings: { insert_deduplication_token: token } });
    expect((await counted("rollup-again"))?.reports).toBe(30);
  });

  it("is written anew from telemetry where the view's rows are missing, and only there", async () => {
    await land("rollup-mend", 30);
    const block = { topic: "rollup-mend", partition: 0, firstOffset: 0, lastOffset: 29, content: new BlockContent(), hasLanded: false };
    await test.store.command("DELETE FROM ingest_rollup WHERE log_topic = 'rollup-mend'");
    expect((await counted("rollup-mend"))?.reports).toBe(0);
    await mendRollup(test.store, block);
    await mendRollup(test.store, block);
    expect((await counted("rollup-mend"))?.reports).toBe(30);
  });
});
