import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { DASHBOARDS, expandMacros } from "@bellwether/grafana/dashboards";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

/** Every panel's SQL on the migrated schema, with one vehicle's worth of data in every table: it must run and show rows. */

const DAY_MS = 86_400_000;
/** Yesterday at 8 UTC: `ingest_rollup` keeps 90 days of the engine's own clock. */
const AT_MS = (Math.floor(Date.now() / DAY_MS) - 1) * DAY_MS + 8 * 3_600_000;
const RANGE = { fromMs: AT_MS - 30 * DAY_MS, toMs: AT_MS + DAY_MS };
const AT = new Date(AT_MS).toISOString();
const VIN = "LTEST000000000001";
const DAY = AT.slice(0, 10);

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  const insert = (table: string, row: object) => test.store.insertRows(table, [row], { token: `test:${table}` });
  await insert("telemetry", {
    ...{ vin: VIN, event_time: AT, part: 0, received_time: AT, format: "gbt32960", is_reissue: false },
    ...{ log_topic: TOPICS.frames, log_partition: 0, log_offset: 0, soc_pct: 80 },
  });
  await insert("ingest_ledger", {
    ...{ log_topic: TOPICS.frames, log_partition: 0, first_offset: 0, last_offset: 9, state: "landed" },
    ...{ records: 10, samples: 8, ignored: 1, rejected: 1, min_event_time: AT, max_event_time: AT, recorded_at: AT },
  });
  await insert("rejected_records", {
    ...{ log_topic: TOPICS.frames, log_partition: 0, log_offset: 3, reason: "bad_checksum" },
    ...{ detail: "expected BB, got BA", received_time: AT, key: VIN, raw_bytes: 25 },
  });
  const origin = { origin_topic: TOPICS.frames, origin_partition: 0, origin_offset: 3 };
  await insert("dead_letter_replays", { ...origin, attempt: 1, state: "sent", at: AT });
  await insert("ingest_epochs", { log_topic: TOPICS.frames, log_partition: 0, epoch: 1, owner: "a", claimed_at: AT });
  await insert("report_scores", {
    vin: VIN,
    day: DAY,
    reports: 8,
    interval_s: 10,
    gaps: 1,
    gap_s: 100,
    longest_gap_s: 100,
    computed_at: AT,
  });
  await insert("health", {
    ...{ vin: VIN, at: DAY, method: "tick-cut", method_version: 1, verdict: "ok", capacity_ah: 120, low_ah: 118, high_ah: 122 },
    ...{
      soh_pct: 90,
      soh_low_pct: 88,
      soh_high_pct: 92,
      reference_ah: 133,
      sessions: 12,
      accuracy_class: "B",
      reason: "",
      computed_at: AT,
    },
  });
  await insert("not_evaluated", { vin: VIN, day: DAY, source_id: "insulation-low", reason: "missing_signal", samples: 4, computed_at: AT });
  await insert("findings", {
    ...{ vin: VIN, id: "f1", source_kind: "detector", source_id: "abnormal-cell", source_version: 1, component: "battery_cell" },
    ...{ severity: "warning", state: "active", first_seen: AT, last_seen: AT, cell: 82, evidence: "{}" },
    ...{ sentence: "Cell 82 falls behind.", sentence_zh: "82 号电芯偏低。", revision: 1 },
  });
});

afterAll(() => test.close());

describe.each(DASHBOARDS.map((spec) => [spec.title, spec] as const))("%s", (_title, spec) => {
  it.each(spec.panels.map((panel) => [panel.title, panel.sql] as const))("%s", async (_panel, sql) => {
    const rows = await test.store.query(expandMacros(sql, RANGE), z.record(z.string(), z.unknown()));
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe("the offset account on the pipeline dashboard", () => {
  const sql = DASHBOARDS.flatMap((spec) => spec.panels).find((panel) => panel.title === "Offsets unaccounted for")?.sql ?? "";

  it("is zero while blocks follow one another, and counts a gap", async () => {
    const account = async () => (await test.store.query(sql, z.object({ offsets: z.number() })))[0]?.offsets;
    expect(await account()).toBe(0);
    const block = { log_topic: TOPICS.frames, log_partition: 0, first_offset: 15, last_offset: 19, state: "landed" };
    const counts = { records: 5, samples: 5, ignored: 0, rejected: 0, min_event_time: AT, max_event_time: AT, recorded_at: AT };
    await test.store.insertRows("ingest_ledger", [{ ...block, ...counts }], { token: "test:ledger-gap" });
    expect(await account()).toBe(5);
    const ingest = DASHBOARDS.flatMap((spec) => spec.panels).find((panel) => panel.title === "Offsets missing or covered twice")?.sql ?? "";
    expect(await test.store.query(expandMacros(ingest, RANGE), z.object({ offsets: z.number() }))).toEqual([{ offsets: 5 }]);
  });
});
