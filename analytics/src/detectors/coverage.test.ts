import { describe, expect, it } from "vitest";
import { newVehicleState } from "../engine/state.ts";
import type { ChargingSession } from "../features/chargingSession.ts";
import { capacityDetector } from "./capacity/capacityDetector.ts";
import { cellTrendsDetector } from "./cellTrendsDetector.ts";
import type { VehicleView } from "./detector.ts";
import { packResistanceDetector } from "./packResistanceDetector.ts";
import { viewOf } from "./view.ts";

const DAYS = 60;
const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-01-05T00:00:00Z");
const dayName = (day: number) => new Date(START_MS + day * DAY_MS).toISOString().slice(0, 10);

interface Situation {
  /** Share of the last week's charging that was seen. */
  readonly charging?: number;
  readonly driving?: number;
  readonly parkedCurrentA?: (day: number) => number;
  readonly open?: string;
}

/** A charge of 60 % every other day that counts `capacityAh`, on a car rated 150 Ah. */
function sessionsOf(capacityAh: number): ChargingSession[] {
  return Array.from({ length: DAYS / 2 }, (_, i) => {
    const startedMs = START_MS + 2 * i * DAY_MS;
    const counted = { tickSocPct: 60, tickChargeAh: 0.6 * capacityAh * (1 + 0.002 * Math.sin(i)) };
    return { startedMs, endedMs: startedMs + 4 * 3_600_000, ...counted, maxGapS: 30, samples: 400, tempMeanC: 25, isDc: false };
  });
}

function viewAt({ charging = 1, driving = 1, parkedCurrentA = () => 0.3, open }: Situation, capacityAh = 100): VehicleView {
  const days = Array.from({ length: DAYS }, (_, day) => day);
  const seen = (share: number, day: number) => (day < DAYS - 7 ? 1 : share);
  const quality = days.map((day) => ({
    day: dayName(day),
    samples: 10,
    values: { distanceKm: 50, distanceSeenKm: 50 * seen(driving, day), chargePct: 40, chargeSeenPct: 40 * seen(charging, day) },
  }));
  const steps = days.map((day) => ({
    day: dayName(day),
    samples: 10,
    values: { r25Mohm: day < 30 ? 80 : 140, steps: 20, stepGapS: 10, parkedCurrentA: parkedCurrentA(day) },
  }));
  const state = newVehicleState();
  const times = {
    fromMs: 0,
    knownMs: 0,
    seenMs: 0,
    seenDay: dayName(50),
    publishedDay: dayName(50),
    commonCause: null,
    stage: "live" as const,
  };
  const finding = { findingId: "f", sourceId: open ?? "", component: "sensor", cell: null, severity: "info", ...times } as const;
  return viewOf({
    ...{ vin: "V1", day: dayName(DAYS - 1), offsetMinutes: 0, lastDataMs: null, peerBaselineAh: null },
    master: { model: "M", chemistry: "NCM", nominalAh: 150 },
    state: open === undefined ? state : { ...state, detections: [finding] },
    series: { cellDays: [], sessions: sessionsOf(capacityAh), daily: { quality, "load-steps": steps } },
  });
}

describe("where too little was seen", () => {
  it("finds both faults where enough was", () => {
    expect(capacityDetector.judge(viewAt({})).detections?.[0]).toMatchObject({ sourceId: "battery-capacity" });
    expect(packResistanceDetector.judge(viewAt({})).detections?.[0]).toMatchObject({ sourceId: "pack-resistance" });
    expect(packResistanceDetector.judge(viewAt({ charging: 0.1 })).detections).toHaveLength(1);
  });

  it("gives no capacity, and says why in the week's health too", () => {
    const { detections, notEvaluated, health, healthState } = capacityDetector.judge(viewAt({ charging: 0.5 }));
    expect({ detections, reason: notEvaluated?.reason }).toEqual({ detections: null, reason: "charging_coverage_low" });
    expect(health).toMatchObject({ verdict: "not_enough_evidence", capacityAh: null, reason: expect.stringContaining("60 %") });
    expect(healthState).toBeUndefined();
  });

  it("judges no resistance and no cell's trend", () => {
    const low = { detections: null, notEvaluated: { reason: "driving_coverage_low" } };
    expect(packResistanceDetector.judge(viewAt({ driving: 0.5 }))).toMatchObject(low);
    expect(cellTrendsDetector.judge(viewAt({ driving: 0.5 }))).toMatchObject(low);
    expect(cellTrendsDetector.judge(viewAt({ charging: 0.5 }))).toMatchObject({ notEvaluated: { reason: "charging_coverage_low" } });
  });

  it("forecasts nothing below 80 %, though the present value is given", () => {
    expect(capacityDetector.judge(viewAt({ charging: 0.75 }, 140)).health).toMatchObject({ verdict: "ok" });
    expect(capacityDetector.judge(viewAt({}, 140)).forecast).toBeDefined();
    expect(capacityDetector.judge(viewAt({ charging: 0.75 }, 140)).forecast).toBeUndefined();
  });
});

describe("a current sensor off its zero", () => {
  const withheld = { detections: null, notEvaluated: { reason: "current_sensor_off" }, health: { verdict: "not_enough_evidence" } };

  it("withholds the capacity while its finding is open, and from the day on which it shows", () => {
    expect(capacityDetector.judge(viewAt({ open: "current-sensor" }))).toMatchObject(withheld);
    expect(capacityDetector.judge(viewAt({ parkedCurrentA: () => 4 }))).toMatchObject(withheld);
  });

  it("leaves out what was charged meanwhile once it is right again", () => {
    const repaired = viewAt({ parkedCurrentA: (day) => (day < 35 ? 4 : 0.2) });
    expect(capacityDetector.judge(repaired).health?.sessions).toBeLessThanOrEqual(12);
    expect(capacityDetector.judge(viewAt({})).health?.sessions).toBeGreaterThan(20);
  });
});
