import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { parseVin } from "@bellwether/contracts/vin";
import type { LogRecord } from "@bellwether/runtime/log/records";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { ingestConfigSchema } from "../config.ts";
import { createPipelineOperations } from "../operations.ts";
import { createGate, jsonRecord, testIngest, withTestLog } from "../testing.ts";
import { createPseudonyms } from "./privacy.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const SECRET = "a secret of the fleet";
const VIN = "LPRIVATE000000001";
const TABLES = ["telemetry", "dtc_events", "rejected_records", "ingest_ledger", "dead_letter_replays"];

/** Whole rows as text, whatever their columns. */
async function dump(table: string): Promise<string> {
  const rows = await test.store.query(`SELECT * FROM ${table}`, z.record(z.string(), z.unknown()));
  const letters = rows.map((row) => Buffer.from(String(row["raw_base64"] ?? ""), "base64").toString("latin1"));
  return JSON.stringify(rows) + letters.join("\n");
}

it("stores no VIN and no position anywhere, and replays the sealed letters all the same", async () => {
  await withTestLog(async (log) => {
    const settings = {
      ingestTopic: "private",
      ingestPartitions: 1,
      ingestVinMode: "pseudonym",
      ingestPosition: "drop",
      ingestPrivacySecret: SECRET,
      ingestAgeMax: 365 * 86_400_000,
    } as const;
    const first = testIngest({ log, store: test.store }, settings);
    await first.start();
    const position = { longitudeDeg: 121.47371, latitudeDeg: 31.23042 };
    await log.sink.send("private", [
      jsonRecord(VIN, { eventTime: Date.now() - 60_000, ...position, dtcs: [{ system: "obd", code: "P0A80" }] }),
      jsonRecord(VIN, { eventTime: "2020-01-01T00:00:00Z", ...position }),
      { ...jsonRecord(VIN, { eventTime: Date.now(), ...position }), key: "LPRIVATE000000002", headers: { vehicle: VIN } },
      { key: VIN, value: Buffer.from(`{"vin":"${VIN}"`) },
    ]);
    await first.drain();
    await first.stop();
    const letters: LogRecord[] = [];
    const all = createGate();
    const reader = await log.source.subscribe({
      topics: [TOPICS.deadLetters],
      group: "reader",
      async onBatch({ records }) {
        letters.push(...records);
        if (letters.length === 3) all.open();
      },
    });
    await all.opened;
    await reader.close();
    for (const text of [
      ...(await Promise.all(TABLES.map(dump))),
      ...letters.map((one) => `${JSON.stringify(one)}${one.key}${one.value}`),
    ]) {
      expect(text).not.toMatch(/LPRIVATE0000|121\.47|31\.23/);
    }
    const config = { ...ingestConfigSchema.parse({}), ...settings };
    const operations = createPipelineOperations({ store: test.store, log, config, now: Date.now });
    const withoutSecret = createPipelineOperations({
      store: test.store,
      log,
      config: { ...config, ingestPrivacySecret: undefined },
      now: Date.now,
    });
    expect(await withoutSecret.replay({ limit: 10, again: false, reason: "time_too_old" })).toMatchObject({ sent: 0, notReplayable: 1 });
    expect(await operations.replay({ limit: 10, again: false, reason: "time_too_old" })).toMatchObject({ sent: 1 });
    const second = testIngest({ log, store: test.store }, { ...settings, ingestAgeMax: undefined });
    await second.start();
    await second.drain();
    await second.stop();
    const vin = parseVin(VIN);
    const rows = await test.store.query("SELECT DISTINCT vin FROM telemetry", z.object({ vin: z.string() }));
    expect(rows).toEqual([{ vin: vin === null ? "" : createPseudonyms(SECRET)(vin) }]);
    expect(await dump("telemetry")).not.toMatch(/LPRIVATE0000|121\.47|31\.23/);
  });
});
