import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { OutgoingRecord, RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { analyticsConfigSchema } from "./config.ts";
import { type Analytics, createAnalytics } from "./service.ts";
import { createSeeder, type Seeder, type SeedRow } from "./testing/seed.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const S = 1000;
let test: TestStore;
let seeder: Seeder;
let sent: Finding[];

const sink: RecordSink = {
  async send(_topic: string, records: readonly OutgoingRecord[]) {
    for (const record of records) sent.push(findingSchema.parse(JSON.parse(record.value.toString())));
  },
};

function engine(nowMs: number): Analytics {
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  return createAnalytics({
    store: test.store,
    sink,
    config,
    logger: createLogger({ service: "test", level: "silent" }),
    metrics: createMetrics(),
    now: () => nowMs,
  });
}

beforeEach(async () => {
  test = await openTestStore();
  seeder = createSeeder(test.store);
  sent = [];
});
afterEach(() => test.close());

const quiet = { pack_current_a: 1, pack_voltage_v: 350, alarm_level: 0, alarm_flags: 0, insulation_kohm: 2000, cell_voltage_min_v: 3.8 };
const cool = { ...quiet, speed_kmh: 0, probe_temp_max_c: 30, probe_temp_min_c: 28 };

const EVENTS: readonly (readonly [rule: string, report: object])[] = [
  ["battery-heat-now", { probe_temp_max_c: 68, probe_temp_min_c: 55 }],
  ["battery-rise-now", { probe_temp_max_c: 44, cell_voltage_min_v: 3.3 }],
  ["insulation-collapse-now", { insulation_kohm: 10, alarm_level: 2, alarm_flags: 2048 }],
  ["maker-alarm-now", { alarm_level: 3, alarm_flags: 2 }],
  ["maker-alarm-now", { alarm_level: 4 }],
];

const at = (vin: string, second: number, report: object): SeedRow => ({ vin, atMs: START_MS + second * S, ...cool, ...report });

describe("rules that one report decides", () => {
  it.each(EVENTS)(
    "%s is told with the batch that brings it, and once however many follow and however often the engine restarts",
    async (rule, report) => {
      const vin = "TIER0";
      await seeder.land(Array.from({ length: 10 }, (_, i) => at(vin, i * 10, {})));
      await engine(START_MS + 100 * S).tick();
      expect(sent).toEqual([]);
      await seeder.land([at(vin, 100, report)]);
      await engine(START_MS + 100 * S).tick();
      const told = sent.filter((finding) => finding.source.id === rule);
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ state: "active", severity: "critical", firstSeen: new Date(START_MS + 100 * S).toISOString() });
      for (let batch = 0; batch < 4; batch++) {
        await seeder.land(Array.from({ length: 50 }, (_, i) => at(vin, 101 + batch * 50 + i, report)));
        await engine(START_MS + (151 + batch * 50) * S).tick();
      }
      expect(sent.filter((finding) => finding.source.id === rule)).toHaveLength(1);
    },
  );

  it("is told before the days that close in the same step are computed", async () => {
    await seeder.land([at("OTHER", 0, {}), at("TIER0", 0, {})]);
    await engine(START_MS).tick();
    await seeder.land([at("OTHER", 90_000, {}), at("TIER0", 90_010, { alarm_level: 4 })]);
    const counts = await engine(START_MS + 90_010 * S).tick();
    expect(sent[0]?.source.id).toBe("maker-alarm-now");
    expect(counts.closedDays).toBe(2);
  });
});
