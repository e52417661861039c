import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { IngestConfig } from "./config.ts";
import { encodeReport } from "./gbt32960/encode.ts";
import { scoreReports } from "./meters/reportScores.ts";
import { createGate, interceptedStore, jsonRecord, testIngest, withTestLog } from "./testing.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

/** The last minute of a month in UTC. */
const EVENT_MS = Date.UTC(2026, 4, 31, 23, 59, 0);
const looseRow = z.record(z.string(), z.unknown());

function frames(vin: string, second: number, { isReissue = false, cells = 8 } = {}): OutgoingRecord[] {
  const cellVoltagesV = Array.from({ length: cells }, (_, i) => 3 + i / 1000);
  const eventTimeMs = EVENT_MS + second * 1000;
  const encoded = encodeReport({ edition: 2016, vin, eventTimeMs, isReissue, values: { socPct: 50, cellVoltagesV }, dtcs: [] });
  return encoded.map((value) => ({ key: vin, value }));
}

async function withIngest(
  topic: string,
  overrides: Partial<IngestConfig>,
  work: (log: RecordLog, settle: () => Promise<void>) => Promise<void>,
) {
  await withTestLog(async (log) => {
    const ingest = testIngest({ log, store: test.store }, { ingestTopic: topic, ingestPartitions: 1, ...overrides });
    await ingest.start();
    // Draining closes the open block: what is sent afterwards is in another one.
    await work(log, () => ingest.drain());
    await ingest.stop();
    await ingest.done;
  });
}

describe("reissued reports", () => {
  it("collapse with their first copy, in another block and on both sides of a month's end", async () => {
    const vin = "LREISSUE000000001";
    await withIngest("reissued", {}, async (log, settle) => {
      for (const isReissue of [false, true, true]) {
        await log.sink.send(
          "reissued",
          [30, 90].flatMap((second) => frames(vin, second, { isReissue })),
        );
        await settle();
      }
    });
    // FINAL: what a reader sees whether or not the engine has merged the blocks.
    const rows = await test.store.query(
      "SELECT toMonth(event_time) AS month, is_reissue FROM telemetry FINAL WHERE vin = {vin:String} ORDER BY event_time",
      looseRow,
      { params: { vin } },
    );
    expect(rows).toEqual([
      { month: 5, is_reissue: true },
      { month: 6, is_reissue: true },
    ]);
  });
});

describe("a cell array whose parts come in different blocks", () => {
  it("is whole when it is read: every part has its own cells and leaves the others open", async () => {
    const vin = "LPARTS00000000001";
    await withIngest("parts", {}, async (log, settle) => {
      const [first, second] = frames(vin, 0, { cells: 250 });
      if (first === undefined || second === undefined) throw new Error("expected two frames");
      await log.sink.send("parts", [second]);
      await settle();
      await log.sink.send("parts", [first]);
      await settle();
    });
    const [row] = await test.store.query(
      `SELECT count() AS parts, maxForEach(cell_voltages_v) AS cells, any(soc_pct) AS soc FROM telemetry FINAL
       WHERE vin = {vin:String} GROUP BY vin, event_time`,
      z.object({ parts: z.coerce.number(), cells: z.array(z.number().nullable()), soc: z.number() }),
      { params: { vin } },
    );
    expect(row?.parts).toBe(2);
    expect(row?.cells).toHaveLength(250);
    for (const [i, volts] of (row?.cells ?? []).entries()) expect(volts).toBeCloseTo(3 + i / 1000, 5);
  });
});

it("keeps every signal of a moment that a gateway sends signal by signal, in one block or in several", async () => {
  const vin = "LVISS000000000001";
  const said = (path: string, value: number) => {
    const data = { path: `Vehicle.${path}`, dp: { value: String(value), ts: new Date(EVENT_MS).toISOString() } };
    return { key: vin, value: Buffer.from(JSON.stringify({ action: "subscription", subscriptionId: "1", data })) };
  };
  const speed = said("Speed", 50);
  await withIngest("viss", {}, async (log, settle) => {
    await log.sink.send("viss", [speed, said("Exterior.AirTemperature", 21)]);
    await settle();
    await log.sink.send("viss", [said("Powertrain.TractionBattery.StateOfCharge.Current", 80), said("TraveledDistance", 1000), speed]);
    await settle();
  });
  const rows = await test.store.query(
    `SELECT count() AS n, max(speed_kmh) AS speed, max(ambient_temp_c) AS ambient, max(soc_pct) AS soc, max(odometer_km) AS km
     FROM telemetry FINAL WHERE vin = {vin:String}`,
    looseRow,
    { params: { vin } },
  );
  expect(rows).toEqual([{ n: 2, speed: 50, ambient: 21, soc: 80, km: 1 }]);
});

describe("scores of reporting", () => {
  it("count reports, gaps, lateness and disorder per vehicle-day, and follow what arrives later", async () => {
    const vin = "SCORE1";
    const dayMs = Date.UTC(2026, 4, 20, 8);
    const at = (second: number) => jsonRecord(vin, { eventTime: dayMs + second * 1000, receivedTime: dayMs + second * 1000, socPct: 50 });
    const scores = () =>
      test.store.query(
        `SELECT toString(day) AS day, reports, interval_s, gaps, gap_s, longest_gap_s, out_of_order FROM report_scores FINAL WHERE vin = {vin:String}`,
        looseRow,
        { params: { vin } },
      );
    await withIngest("scores", {}, async (log, settle) => {
      // Every 10 s for 5 minutes, except from 100 s to 200 s.
      await log.sink.send(
        "scores",
        Array.from({ length: 31 }, (_, i) => i * 10)
          .filter((s) => s <= 100 || s >= 200)
          .map(at),
      );
      await settle();
      await scoreReports(test.store, Date.now());
      expect(await scores()).toEqual([
        { day: "2026-05-20", reports: 22, interval_s: 10, gaps: 1, gap_s: 100, longest_gap_s: 100, out_of_order: 0 },
      ]);
      await log.sink.send("scores", [110, 120, 130, 140, 150, 160, 170, 180, 190].map(at));
      await settle();
      await scoreReports(test.store, Date.now() + 1);
      expect(await scores()).toMatchObject([{ reports: 31, gaps: 0, gap_s: 0, longest_gap_s: 0 }]);
    });
  });
});

describe("back-pressure", () => {
  it("stops consumption while a table fails, drops nothing, and goes on when it works again", async () => {
    await withTestLog(async (log) => {
      const topic = "pressure";
      const blockRows = 500;
      const reached = createGate();
      let isAway = true;
      const store = interceptedStore(test.store, (table, run) => {
        if (table !== "telemetry" || !isAway) return run();
        reached.open();
        return Promise.reject(new BellwetherError("store_unavailable", "the table is away", { retryable: true }));
      });
      const metrics = createMetrics();
      const settings = {
        ingestTopic: topic,
        ingestPartitions: 2,
        ingestBlockRows: blockRows,
        ingestRetryAttempts: 100,
        ingestBlockAge: 20,
      };
      const ingest = testIngest({ log, store, metrics }, settings);
      await ingest.start();
      const total = 12_000;
      for (let sent = 0; sent < total; sent += 1000) {
        const records = Array.from({ length: 1000 }, (_, i) =>
          jsonRecord(`P${i % 4}`, { eventTime: EVENT_MS + (sent + i) * 1000, socPct: 50 }),
        );
        await log.sink.send(topic, records);
      }
      await reached.opened;
      // Two partitions, each with one block landing and one more delivery taken: 5,000 records a delivery.
      expect(ingest.stats().records).toBeLessThanOrEqual(2 * (blockRows + 5000));
      expect(ingest.stats().landed).toBe(0);
      isAway = false;
      await ingest.drain();
      expect(ingest.stats()).toMatchObject({ records: total, landed: total });
      await ingest.stop();
      expect(await metrics.text()).toContain("bellwether_ingest_drain_budget_seconds 20");
    });
  });

  it("stops within its budget when nothing can land, and leaves the records for the next run", async () => {
    await withTestLog(async (log) => {
      const topic = "budget";
      const reached = createGate();
      const store = interceptedStore(test.store, (table, run) => {
        if (table !== "telemetry") return run();
        reached.open();
        return new Promise(() => undefined);
      });
      const settings = { ingestTopic: topic, ingestPartitions: 1, ingestBlockAge: 20 };
      const metrics = createMetrics();
      const stuck = testIngest({ log, store, metrics }, { ...settings, ingestDrainBudget: 100 });
      await stuck.start();
      await log.sink.send(topic, [jsonRecord("B1", { eventTime: EVENT_MS, socPct: 50 })]);
      await reached.opened;
      await stuck.stop();
      await stuck.done;
      expect(await metrics.text()).toMatch(/bellwether_ingest_drain_seconds_count\{outcome="cut_short"\} [12]/);
      const next = testIngest({ log, store: test.store }, settings);
      await next.start();
      await next.drain();
      expect(next.stats()).toMatchObject({ landed: 1 });
      await next.stop();
    });
  });
});
