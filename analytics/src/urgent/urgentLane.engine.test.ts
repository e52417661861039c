import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { BellwetherError } from "@bellwether/contracts/errors";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { analyticsConfigSchema } from "../config.ts";
import { type Analytics, createAnalytics } from "../service.ts";
import { createSeeder, type Seeder, type SeedRow } from "../testing/seed.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const S = 1000;
const ALARM = { alarm_level: 4 };
const TABLES = ["telemetry", "ingest_ledger", "findings", "rule_firings", "engine_state"];

let test: TestStore;
let seeder: Seeder;
let sent: Finding[];
let isLogAway: boolean;

const sink: RecordSink = {
  async send(_topic, records) {
    if (isLogAway) throw new BellwetherError("log_unavailable", "the log is away", { retryable: true });
    for (const record of records) sent.push(findingSchema.parse(JSON.parse(record.value.toString())));
  },
};

function engine(): Analytics {
  return createAnalytics({
    store: test.store,
    sink,
    config: analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 }),
    logger: createLogger({ service: "test", level: "silent" }),
    metrics: createMetrics(),
    now: () => START_MS + 1800 * S,
  });
}

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());
beforeEach(async () => {
  for (const table of TABLES) await test.store.command(`TRUNCATE TABLE ${table}`);
  seeder = createSeeder(test.store);
  sent = [];
  isLogAway = false;
});

const cool = { pack_current_a: 1, pack_voltage_v: 350, alarm_level: 0, alarm_flags: 0, insulation_kohm: 2000, cell_voltage_min_v: 3.8 };
const at = (second: number, report: object, vin = "URGENT1"): SeedRow => ({
  vin,
  atMs: START_MS + second * S,
  ...cool,
  ...{ speed_kmh: 0, probe_temp_max_c: 30, probe_temp_min_c: 28 },
  ...report,
});
const told = () =>
  sent.filter(({ source }) => source.id === "maker-alarm-now").map(({ state, firstSeen }) => `${state} ${secondOf(firstSeen)}`);
const secondOf = (iso: string) => (Date.parse(iso) - START_MS) / S;

/** An engine that has seen a minute of quiet reports. */
async function runningEngine(): Promise<Analytics> {
  await seeder.land(Array.from({ length: 6 }, (_, i) => at(i * 10, {})));
  const analytics = engine();
  await analytics.tick();
  return analytics;
}

function rowsOf(sql: string): Promise<unknown[]> {
  return test.store.query(sql, z.record(z.string(), z.unknown()));
}

describe("the urgent lane", () => {
  it("tells what one report decides before the tick, and the tick records it without telling it again", async () => {
    const analytics = await runningEngine();
    await seeder.land([at(100, ALARM)]);
    expect(await analytics.look()).toBe(1);
    expect(told()).toEqual(["active 100"]);
    await seeder.land([at(101, ALARM)]);
    expect(await analytics.look()).toBe(0);
    await analytics.tick();
    await analytics.look();
    const lines = sent.map(({ id, state, lastSeen }) => `${id} ${state} ${lastSeen}`);
    expect(new Set(lines).size).toBe(lines.length);
    expect(await rowsOf("SELECT rule_id FROM rule_firings FINAL WHERE rule_id = 'maker-alarm-now'")).toHaveLength(1);
    expect(await rowsOf("SELECT id FROM findings FINAL WHERE source_id = 'maker-alarm-now' AND state = 'active'")).toHaveLength(1);
  });

  it("leaves to the tick what the tick has judged first, and what is older than an hour", async () => {
    const analytics = await runningEngine();
    await seeder.land([at(100, ALARM), at(-7000, ALARM, "URGENT2")]);
    await analytics.tick();
    expect(await analytics.look()).toBe(0);
    expect(told().toSorted()).toEqual(["active -7000", "active 100"]);
  });

  it("has the tick tell what the log did not take", async () => {
    const analytics = await runningEngine();
    await seeder.land([at(100, ALARM)]);
    isLogAway = true;
    await expect(analytics.look()).rejects.toThrow("the log is away");
    isLogAway = false;
    await analytics.tick();
    expect(told()).toEqual(["active 100"]);
  });

  it("withdraws what a late row has undone, also after a restart", async () => {
    const analytics = await runningEngine();
    await seeder.land([at(100, ALARM), at(100, ALARM, "URGENT2")]);
    await analytics.look();
    await seeder.land([at(95, ALARM), at(95, ALARM, "URGENT2")]);
    // Each new opening is told with its course since.
    await engine().tick();
    expect(told().toSorted()).toEqual([
      "active 100",
      "active 100",
      "active 95",
      "active 95",
      "active 95",
      "active 95",
      "cleared 100",
      "cleared 100",
    ]);
    expect(await rowsOf("SELECT vin FROM findings FINAL WHERE state = 'active' AND source_id = 'maker-alarm-now'")).toHaveLength(2);
  });

  it("tells the same openings and endings as ticks alone, and leaves the same record", async () => {
    const vins = ["URGENT1", "URGENT2", "URGENT3"];
    // Alarms that come, go for longer than the rule's clear time would need days, so one opening per car; one car's rows come out of order.
    const batches = Array.from({ length: 8 }, (_, batch) =>
      vins.flatMap((vin, v) => [3, 1, 2].map((i) => at(60 + batch * 30 + i * 5, (batch * 3 + i + v) % 5 === 0 ? ALARM : {}, vin))),
    );
    const outcome = async (isLooking: boolean) => {
      const analytics = await runningEngine();
      for (const [i, batch] of batches.entries()) {
        await seeder.land(batch);
        if (isLooking) await analytics.look();
        if (i % 3 === 2) await analytics.tick();
      }
      await analytics.tick({ final: true });
      const record = await rowsOf(
        "SELECT rule_id, vin, started_at, known_at, cleared_at, is_withdrawn FROM rule_firings FINAL WHERE NOT is_withdrawn ORDER BY rule_id, vin, started_at",
      );
      const table = await rowsOf("SELECT vin, id, state, first_seen, evidence FROM findings FINAL WHERE state = 'active' ORDER BY vin, id");
      return { record, table, ids: new Set(sent.filter(({ severity }) => severity === "critical").map(({ id }) => id)) };
    };
    const looked = await outcome(true);
    for (const table of TABLES) await test.store.command(`TRUNCATE TABLE ${table}`);
    seeder = createSeeder(test.store);
    sent = [];
    const ticked = await outcome(false);
    expect(looked.record.length).toBeGreaterThan(2);
    expect(looked).toEqual(ticked);
  });
});
