import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_RULES_DIR, loadRules } from "../../catalogue.ts";
import { analyticsConfigSchema } from "../../config.ts";
import { type Analytics, createAnalytics } from "../../service.ts";
import { seededUnit } from "../../stats/seededUnit.ts";
import { createSeeder, type SeedRow } from "../../testing/seed.ts";
import { runBacktest } from "./backtest.ts";
import { backtestRequest } from "./request.ts";

/** Live, shadow and back-test say the same, whatever the order in which the reports come. */

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const sink: RecordSink = { async send() {} };
let test: TestStore;

beforeEach(async () => {
  test = await openTestStore();
});
afterEach(() => test.close());

function engine(): Analytics {
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  return createAnalytics({
    store: test.store,
    sink,
    config,
    logger: createLogger({ service: "test", level: "silent" }),
    metrics: createMetrics(),
    now: () => START_MS,
  });
}

/** Cars whose readings wander across every rule's limits, with gaps, missing signals and flapping alarms. */
function wander(seed: number, cars: number, days: number): SeedRow[] {
  const unit = seededUnit(seed);
  return Array.from({ length: cars }, (_, car) => {
    let level = 0;
    let sunk = 0;
    return Array.from({ length: days * 150 }, (__, i): SeedRow => {
      if (unit() < 0.02) level = Math.floor(unit() * 4);
      if (unit() < 0.03) sunk = unit() < 0.5 ? 0 : unit() * 2;
      return { vin: `CAR${car}`, atMs: timeOf(i), ...reading(level, sunk, unit), speed_kmh: i % 3 === 0 ? 0 : 40 };
    });
  }).flat();
}

/** 150 reports a day with a pause of an hour. */
function timeOf(i: number): number {
  const minute = i % 150;
  return START_MS + Math.floor(i / 150) * DAY_MS + minute * 37_000 + (minute > 90 ? 3_600_000 : 0);
}

function reading(level: number, sunk: number, unit: () => number): Readonly<Record<string, unknown>> {
  const orMissing = (share: number, value: number) => (unit() < share ? null : value);
  return {
    alarm_level: orMissing(0.1, level),
    cell_voltage_min_v: orMissing(0.05, 3.7 - sunk),
    cell_voltage_max_v: 3.8 + sunk / 3,
    probe_temp_max_c: 30 + 25 * sunk,
    probe_temp_min_c: 25,
    insulation_kohm: orMissing(0.2, 800 - 390 * sunk),
    pack_voltage_v: 350,
    charge_state: "not_charging",
  };
}

/** What the live engine recorded, without what late reports showed never to have been. */
async function recorded(): Promise<string[]> {
  const rows = await test.store.query(
    "SELECT rule_id, vin, started_at, known_at, cleared_at FROM rule_firings FINAL WHERE NOT is_withdrawn",
    z.object({ rule_id: z.string(), vin: z.string(), started_at: z.string(), known_at: z.string(), cleared_at: z.string().nullable() }),
  );
  return rows.map((row) => [row.rule_id, row.vin, row.started_at, row.known_at, row.cleared_at].join(" ")).sort();
}

async function backtested(): Promise<string[]> {
  const { rules } = await loadRules();
  const lines: string[] = [];
  for (const { id } of rules) {
    const ruleFile = `${id}.yaml`;
    const ruleText = await readFile(`${DEFAULT_RULES_DIR}/${ruleFile}`, "utf8");
    const window = { fromMs: START_MS - DAY_MS, toMs: START_MS + 40 * DAY_MS };
    const { firings } = await runBacktest(test.store, backtestRequest({ ruleText, ruleFile, ...window }), { now: () => 0 });
    const iso = (ms: number | null) => (ms === null ? "" : new Date(ms).toISOString());
    lines.push(...firings.map(({ vin, startMs, knownMs, clearedMs }) => [id, vin, iso(startMs), iso(knownMs), iso(clearedMs)].join(" ")));
  }
  return lines.sort();
}

describe("live and back-test", () => {
  it("give the same firings in order, in batches that cut through episodes, with a restart after each", async () => {
    const seeder = createSeeder(test.store);
    const rows = wander(1, 6, 6).toSorted((a, b) => a.atMs - b.atMs);
    for (let from = 0; from < rows.length; from += 700) {
      await seeder.land(rows.slice(from, from + 700));
      await engine().tick();
    }
    const live = await recorded();
    expect(live.length).toBeGreaterThan(40);
    expect(await backtested()).toEqual(live);
  }, 120_000);

  it("give the same firings when a part of the reports comes up to 20 hours late and out of order", async () => {
    const seeder = createSeeder(test.store);
    const unit = seededUnit(2);
    const delayed = wander(3, 5, 6).map((row) => ({
      row,
      sentMs: row.atMs + (unit() < 0.03 ? unit() * 20 * 3_600_000 : unit() * 300_000),
    }));
    const rows = delayed.toSorted((a, b) => a.sentMs - b.sentMs).map(({ row }) => row);
    let analytics = engine();
    for (let from = 0; from < rows.length; from += 500) {
      await seeder.land(rows.slice(from, from + 500));
      await analytics.tick();
      if ((from / 500) % 4 === 3) analytics = engine();
    }
    const live = await recorded();
    expect(live.length).toBeGreaterThan(40);
    expect(await backtested()).toEqual(live);
  }, 120_000);
});
