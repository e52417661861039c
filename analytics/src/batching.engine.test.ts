import { openTestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { expect, it } from "vitest";
import { analyticsConfigSchema } from "./config.ts";
import { createAnalytics } from "./service.ts";
import { createSeeder, type SeedRow } from "./testing/seed.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const MINUTE = 60_000;

/** A day's drive of 24 cells; `lowMv` is how far cell 7 sags, `alarm` the maker's alarm level row by row. */
function drive(day: number, rows: number, { lowMv = 0, alarm = (_row: number): number => 0 } = {}): SeedRow[] {
  return Array.from({ length: rows }, (_, i) => ({
    vin: "BATCH1",
    atMs: START_MS + day * DAY_MS + 9 * 60 * MINUTE + i * 2 * MINUTE,
    speed_kmh: 50,
    charge_state: "not_charging",
    pack_current_a: 20 + (i % 7),
    soc_pct: 80,
    alarm_level: alarm(i),
    cell_voltages_v: Array.from({ length: 24 }, (__, c) => 3.8 + ((c * 7 + i * 3) % 5) * 0.001 - (c === 6 ? lowMv / 1000 : 0)),
  }));
}

/** Everything published, heartbeats left out: openings, worsenings and endings in order. */
async function transitions(rows: readonly SeedRow[], perTick: number): Promise<readonly unknown[]> {
  const test = await openTestStore();
  const sent: Finding[] = [];
  const sink: RecordSink = {
    async send(_topic, records) {
      for (const { value } of records) sent.push(findingSchema.parse(JSON.parse(value.toString())));
    },
  };
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const deps = { store: test.store, sink, config, logger: createLogger({ service: "test", level: "silent" }), metrics: createMetrics() };
  const analytics = createAnalytics({ ...deps, now: () => START_MS });
  const seeder = createSeeder(test.store);
  for (let i = 0; i < rows.length; i += perTick) {
    await seeder.land(rows.slice(i, i + perTick));
    await analytics.tick();
  }
  await analytics.tick({ final: true });
  await test.close();
  const last = new Map<string, string>();
  return sent.flatMap((finding) => {
    const mark = `${finding.state}/${finding.severity}`;
    if (last.get(finding.id) === mark) return [];
    last.set(finding.id, mark);
    return [
      [finding.source.id, finding.cell, finding.id, mark, finding.firstSeen, finding.lastSeen, finding.evidence.from, finding.sentence],
    ];
  });
}

const burst = (from: number, to: number) => (row: number) => (row >= from && row < to ? 2 : 0);

it("publishes the same openings and endings whether the rows come one by one or all at once", async () => {
  const rows = [
    ...drive(0, 20, { lowMv: 40, alarm: burst(3, 9) }),
    ...drive(1, 20, { lowMv: 40 }),
    ...drive(2, 20, { lowMv: 40, alarm: burst(16, 18) }),
    ...drive(10, 3),
    ...drive(17, 3),
    ...drive(19, 6, { alarm: burst(1, 5) }),
    ...drive(21, 4),
    ...drive(36, 4),
  ];
  const whole = await transitions(rows, rows.length);
  const told = whole.map((entry) => (Array.isArray(entry) ? `${entry[0]} ${entry[3]}` : ""));
  expect(told).toEqual([
    "maker-alarm-level-2 active/warning",
    "abnormal-cell active/warning",
    "maker-alarm-level-2 cleared/warning",
    "maker-alarm-level-2 active/warning",
    "maker-alarm-level-2 cleared/warning",
  ]);
  for (const perTick of [1, 7, 50]) expect([perTick, await transitions(rows, perTick)]).toEqual([perTick, whole]);
}, 180_000);

it("opens and clears a detector's finding within one tick, in order", async () => {
  const sick = Array.from({ length: 4 }, (_, day) => drive(day, 20, { lowMv: 40 })).flat();
  const healthy = Array.from({ length: 34 }, (_, day) => drive(4 + day, 20)).flat();
  const rows = [...sick, ...healthy];
  const whole = await transitions(rows, 1_000);
  expect(whole.map((entry) => (Array.isArray(entry) ? entry[3] : null))).toEqual(["active/warning", "cleared/warning"]);
  expect(await transitions(rows, 60)).toEqual(whole);
}, 180_000);
