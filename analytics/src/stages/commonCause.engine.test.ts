import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { OutgoingRecord, RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { analyticsConfigSchema } from "../config.ts";
import { createAnalytics } from "../service.ts";
import { createSeeder, type SeedRow } from "../testing/seed.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
let test: TestStore;
let sent: Finding[];
const sink: RecordSink = {
  async send(_topic: string, records: readonly OutgoingRecord[]) {
    for (const record of records) sent.push(findingSchema.parse(JSON.parse(record.value.toString())));
  },
};

beforeEach(async () => {
  test = await openTestStore();
  sent = [];
});
afterEach(() => test.close());

/** A car's day: off and awake, with a current that ought to be zero. */
function parkedDay(vin: string, day: number, currentA: number): SeedRow[] {
  const off = { vehicle_state: "off", charge_state: "not_charging", speed_kmh: 0, pack_current_a: currentA, pack_voltage_v: 350 };
  return Array.from({ length: 5 }, (_, i) => ({ vin, atMs: START_MS + day * DAY_MS + i * 60_000, ...off }));
}

it("tells one fleet finding where twenty cars of a model show the same on one day, and links theirs without telling an owner", async () => {
  const seeder = createSeeder(test.store);
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const logger = createLogger({ service: "test", level: "silent" });
  const analytics = createAnalytics({ store: test.store, sink, config, logger, metrics: createMetrics(), now: () => START_MS });
  const cars = [...Array.from({ length: 24 }, (_, i) => `MODEL-A${i}`), "MODEL-B1"];
  const masters = cars.map((vin) => ({
    vin,
    model: vin.slice(0, 7),
    chemistry: "NCM",
    nominal_ah: 145,
    cells: null,
    built_on: null,
    region: "",
    revision: 1,
  }));
  await test.store.insertRows("vehicles", masters, { token: "v" });
  for (let day = 0; day < 12; day++) {
    await seeder.land(cars.flatMap((vin, i) => parkedDay(vin, day, i < 20 || vin === "MODEL-B1" ? 5 : 0)));
    await analytics.tick();
  }
  await analytics.tick({ final: true });
  const found = sent.filter((finding) => finding.source.id === "current-sensor" && finding.state === "active");
  const linked = found.filter(({ evidence }) => evidence.readings["common_cause"] !== undefined);
  expect(new Set(linked.map(({ vin }) => vin)).size).toBe(20);
  expect(linked.every(({ severity }) => severity === "info")).toBe(true);
  expect(found.some(({ vin, evidence }) => vin === "MODEL-B1" && evidence.readings["common_cause"] === undefined)).toBe(true);
  const fleet = await test.store.query(
    "SELECT id, source_id, group_name, vehicles, group_size, length(vins) AS listed, sentence, sentence_zh FROM fleet_findings FINAL",
    z.record(z.string(), z.unknown()),
  );
  expect(fleet).toHaveLength(1);
  expect(fleet[0]).toMatchObject({ source_id: "current-sensor", group_name: "MODEL-A", vehicles: 20, group_size: 24, listed: 20 });
  expect(linked.every(({ evidence }) => evidence.readings["common_cause"] === fleet[0]?.["id"])).toBe(true);
});
