import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { OutgoingRecord, RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { analyticsConfigSchema } from "./config.ts";
import { type Analytics, createAnalytics } from "./service.ts";
import { createSeeder, type Seeder, type SeedRow } from "./testing/seed.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const CELLS = 24;
const MINUTE = 60_000;

let test: TestStore;
let seeder: Seeder;
let sent: Finding[];

const sink: RecordSink = {
  async send(_topic: string, records: readonly OutgoingRecord[]) {
    for (const record of records) sent.push(findingSchema.parse(JSON.parse(record.value.toString())));
  },
};

function engine(): Analytics {
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const logger = createLogger({ service: "test", level: "silent" });
  return createAnalytics({ store: test.store, sink, config, logger, metrics: createMetrics(), now: () => START_MS });
}

beforeEach(async () => {
  test = await openTestStore();
  seeder = createSeeder(test.store);
  sent = [];
});
afterEach(() => test.close());

/** A drive at a minute's pace; cell 7 sinks by 6 mV a day from day 8 on, the alarm level is 2 in bursts. */
function driveDay(vin: string, day: number, { isFaulty = true } = {}): SeedRow[] {
  return Array.from({ length: 60 }, (_, i) => {
    const currentA = 20 + (i % 7);
    const baseV = 3.9 - i * 0.002;
    const sinkV = isFaulty ? Math.max(0, day - 7) * 0.006 : 0;
    const cells = Array.from({ length: CELLS }, (__, c) => round(baseV + (((c * 7 + i * 3) % 5) - 2) * 0.001 - (c === 6 ? sinkV : 0)));
    return {
      vin,
      atMs: START_MS + day * DAY_MS + 8 * 60 * MINUTE + i * MINUTE,
      speed_kmh: 50,
      charge_state: "not_charging",
      pack_current_a: currentA,
      pack_voltage_v: round(cells.reduce((a, b) => a + b, 0)),
      soc_pct: 90 - Math.floor(i / 4),
      alarm_level: isFaulty && i % 10 < 3 ? 2 : 0,
      cell_voltages_v: cells,
    };
  });
}

/** An evening charge from 10 % to 95 % of a 100 Ah pack at 50 A, every 30 s. */
function chargeDay(vin: string, day: number, capacityAh: number): SeedRow[] {
  const currentA = 50;
  const rows = Math.floor((0.85 * capacityAh * 3600) / (currentA * 30));
  return Array.from({ length: rows }, (_, i) => ({
    vin,
    atMs: START_MS + day * DAY_MS + 13 * 60 * MINUTE + i * 30_000,
    speed_kmh: 0,
    charge_state: "parked_charging",
    pack_current_a: -currentA,
    pack_voltage_v: 90,
    soc_pct: Math.floor(10 + (100 * i * 30 * currentA) / 3600 / capacityAh),
    probe_temp_max_c: 26,
    probe_temp_min_c: 24,
  }));
}

function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}

async function tableFindings(): Promise<unknown[]> {
  return test.store.query(
    `SELECT vin, id, source_id, severity, state, toString(first_seen) AS first_seen, toString(last_seen) AS last_seen, cell, sentence
     FROM findings FINAL ORDER BY vin, id`,
    z.record(z.string(), z.unknown()),
  );
}

const CARS = ["GOOD1", "BAD1"];
const days = Array.from({ length: 18 }, (_, day) => day);
const fleetDay = (day: number) =>
  CARS.flatMap((vin) => [...driveDay(vin, day, { isFaulty: vin === "BAD1" }), ...(day % 2 === 0 ? chargeDay(vin, day, 96) : [])]);

/** The one day a sentence names. */
const REPORTED = /\d{4}-\d\d-\d\d/;

describe("the engine", () => {
  it("finds the sinking cell, merges the flapping alarm and estimates the capacity, day by day", async () => {
    const analytics = engine();
    for (const day of days) {
      await seeder.land(fleetDay(day));
      await analytics.tick();
    }
    await analytics.tick({ final: true });

    const cell = sent.filter((finding) => finding.source.id === "abnormal-cell");
    expect(new Set(cell.map((finding) => `${finding.vin}/${finding.cell}`))).toEqual(new Set(["BAD1/7"]));
    expect(new Set(cell.map((finding) => finding.id)).size).toBe(1);
    expect(cell.length).toBeLessThanOrEqual(5);
    const reported = new Set(cell.flatMap(({ sentence, sentenceZh }) => [sentence, sentenceZh].map((text) => REPORTED.exec(text)?.[0])));
    expect(reported).toEqual(new Set([cell[0]?.firstSeen.slice(0, 10)]));
    expect(cell[0]?.sentence).toMatch(
      /^Cell 7 sits \d[\d.]* mV below the pack's median, \d[\d.]* mV lower than the next cell; first reported /,
    );
    expect(cell[0]?.sentenceZh).toMatch(/^7号电芯比电池组中位值低\d[\d.]* mV，比次低电芯低\d[\d.]* mV；首次报告于/);

    const alarms = sent.filter((finding) => finding.source.id === "maker-alarm-level-2");
    expect(new Set(alarms.map((finding) => finding.id)).size).toBe(1);
    expect(alarms.length).toBeLessThanOrEqual(days.length + 1);
    expect(alarms[0]?.evidence).toMatchObject({ value: 2, threshold: 2 });

    const health = await test.store.query(
      "SELECT capacity_ah, low_ah, high_ah, sessions, accuracy_class FROM health FINAL WHERE vin = 'GOOD1' AND verdict = 'ok' ORDER BY at",
      z.object({ capacity_ah: z.number(), low_ah: z.number(), high_ah: z.number(), sessions: z.number(), accuracy_class: z.string() }),
    );
    expect(health.length).toBeGreaterThanOrEqual(2);
    expect(health.at(-1)?.capacity_ah).toBeCloseTo(96, 0);
    expect(health.at(-1)?.accuracy_class).toBe("A");
    const unjudged = await test.store.query(
      "SELECT source_id, reason FROM not_evaluated FINAL WHERE vin = 'GOOD1' AND source_id = 'insulation-low'",
      z.object({ source_id: z.string(), reason: z.literal("missing_signal") }),
    );
    expect(unjudged.length).toBe(days.length);
  }, 180_000);

  it("gives the same findings when it is restarted every other day", async () => {
    const whole = engine();
    for (const day of days) {
      await seeder.land(fleetDay(day));
      await whole.tick();
    }
    await whole.tick({ final: true });
    const expected = await tableFindings();
    expect(expected.length).toBeGreaterThan(1);
    await test.close();
    test = await openTestStore();
    seeder = createSeeder(test.store);
    let analytics = engine();
    for (const day of days) {
      await seeder.land(fleetDay(day));
      if (day % 2 === 0) analytics = engine();
      await analytics.tick();
    }
    await engine().tick({ final: true });
    expect(await tableFindings()).toEqual(expected);
  }, 180_000);

  it("judges a row that comes late in its place", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({
      vin: "LATE1",
      atMs: START_MS + i * MINUTE,
      alarm_level: i >= 10 && i < 13 ? 3 : 0,
    }));
    const analytics = engine();
    await seeder.land(rows.filter((_, i) => i < 5));
    await analytics.tick();
    await seeder.land(rows.filter((_, i) => i >= 20));
    await analytics.tick();
    await seeder.land(rows.filter((_, i) => i >= 5 && i < 20));
    const counts = await analytics.tick();
    expect(counts.replayedVehicles).toBe(1);
    const told = sent.map(({ id, source, state, firstSeen }) => `${id} ${source.id} ${state} ${firstSeen}`);
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toContain(`maker-alarm-level-3 active ${new Date(START_MS + 11 * MINUTE).toISOString()}`);
    expect(sent.at(-1)?.lastSeen).toBe(new Date(START_MS + 12 * MINUTE).toISOString());
  });

  it("waits for a block that is still in flight", async () => {
    const row = (i: number): SeedRow => ({ vin: "WAIT1", atMs: START_MS + i * MINUTE, alarm_level: 0 });
    const analytics = engine();
    await seeder.land([row(0)]);
    await seeder.land([row(1)], { state: "pending" });
    await seeder.land([row(2)]);
    expect((await analytics.tick()).rows).toBe(1);
  });

  it("repeats a step that could not be published, with the same ids", async () => {
    let isBroken = true;
    const flaky: RecordSink = {
      async send(topic, records) {
        if (isBroken) throw new Error("broker away");
        await sink.send(topic, records);
      },
    };
    const config = analyticsConfigSchema.parse({});
    const deps = { store: test.store, config, logger: createLogger({ service: "test", level: "silent" }), metrics: createMetrics() };
    const analytics = createAnalytics({ ...deps, sink: flaky, now: () => START_MS });
    await seeder.land([0, 1, 2].map((i) => ({ vin: "RETRY1", atMs: START_MS + i * MINUTE, alarm_level: 3 })));
    await expect(analytics.tick()).rejects.toThrow("broker away");
    isBroken = false;
    await analytics.tick();
    expect(new Set(sent.map((finding) => finding.id)).size).toBe(1);
    expect(await tableFindings()).toHaveLength(1);
  });

  it("judges a car that sends trouble codes and nothing else", async () => {
    const codes = [0, 1, 3].map((day) => ({
      vin: "CODES_ONLY",
      atMs: START_MS + day * DAY_MS + 9 * 60 * MINUTE,
      system: "obd",
      code: "P0AA1",
      is_confirmed: true,
      is_active: true,
    }));
    await seeder.land(driveDay("QUIET", 0, { isFaulty: false }));
    await seeder.landCodes(codes);
    const service = engine();
    await service.tick({ final: true });
    const own = sent.filter(({ vin }) => vin === "CODES_ONLY");
    expect(
      own.filter(({ state }) => state === "active").map(({ source, component, severity }) => [source.id, component, severity]),
    ).toContainEqual(["trouble-codes", "battery", "critical"]);
    const reasons = await test.store.query(
      "SELECT DISTINCT reason FROM not_evaluated WHERE vin = 'CODES_ONLY' AND source_id = 'tyre-leak'",
      z.object({ reason: z.string() }),
    );
    expect(reasons).toEqual([{ reason: "missing_signal" }]);
  });
});
