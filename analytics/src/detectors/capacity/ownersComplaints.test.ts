/** What owners complain of in other systems (issues of TeslaMate and its dashboards), each as a test of the weekly value. */
import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { addDays } from "../../engine/days.ts";
import { newVehicleState, type VehicleState } from "../../engine/state.ts";
import type { ChargingSession } from "../../features/chargingSession.ts";
import type { HealthRow, VehicleMaster } from "../detector.ts";
import { viewOf } from "../view.ts";
import { capacityDetector } from "./capacityDetector.ts";

const DAY_MS = 86_400_000;
const FIRST_DAY = "2026-01-01";
const START_MS = Date.parse(FIRST_DAY);
const MASTER: VehicleMaster = { model: "m", chemistry: "ncm", nominalAh: 100 };

interface Charge {
  readonly swingPct: number;
  readonly capacityAh: number;
  readonly tempC?: number;
  readonly meanV?: number;
}

/** A charge every second day as `at` says, judged once a week; the software number of each day where given. */
function weeks(
  count: number,
  at: (day: number) => Charge,
  { softwareOn = null as ((day: number) => number) | null, endSpreadMv = null as ((day: number) => number) | null, master = MASTER } = {},
): HealthRow[] {
  const sessions: ChargingSession[] = Array.from({ length: (count * 7) / 2 }, (_, i) => session(2 * i, at(2 * i)));
  let state: VehicleState = newVehicleState();
  const rows: HealthRow[] = [];
  for (let week = 1; week <= count; week += 1) {
    const day = addDays(FIRST_DAY, 7 * week - 1);
    const quality = softwareOn === null ? [] : daysOf(7 * week, (i) => ({ bmsSoftware: softwareOn(i) }));
    const series = {
      cellDays: [],
      sessions,
      daily: { quality, extremes: endSpreadMv === null ? [] : daysOf(7 * week, (i) => ({ endSpreadMv: endSpreadMv(i) })) },
    };
    const view = viewOf({ vin: "V", day, offsetMinutes: 0, lastDataMs: null, series, state, master, peerBaselineAh: null });
    const { health, healthState } = capacityDetector.judge(view);
    state = { ...state, lastHealthDay: health?.at ?? state.lastHealthDay, health: healthState ?? state.health };
    if (health?.verdict === "ok") rows.push(health);
  }
  return rows;
}

function daysOf(count: number, values: (i: number) => Record<string, number>) {
  return Array.from({ length: count }, (_, i) => ({ day: addDays(FIRST_DAY, i), samples: 1, values: values(i) }));
}

function session(day: number, { swingPct, capacityAh, tempC = 25, meanV }: Charge): ChargingSession {
  const startedMs = START_MS + day * DAY_MS + 6 * 3_600_000;
  const tickChargeAh = (capacityAh * swingPct) / 100;
  return {
    startedMs,
    endedMs: startedMs + 4 * 3_600_000,
    tickSocPct: swingPct,
    tickChargeAh,
    maxGapS: 30,
    samples: 400,
    tempMeanC: tempC,
    isDc: false,
    ...(meanV === undefined ? {} : { meanV }),
  };
}

const shown = (rows: readonly HealthRow[]): number[] => rows.map(({ capacityAh }) => capacityAh ?? Number.NaN);
const jumps = (rows: readonly HealthRow[]): HealthRow[] =>
  rows.filter((row, i) => {
    const before = rows[i - 1]?.capacityAh ?? null;
    return before !== null && row.cause === "" && Math.abs((row.capacityAh ?? 0) - before) > 0.5 + 1e-9;
  });

describe("the health number", () => {
  it("does not jump from week to week (teslamate#3594: 10.7 to 3.7)", () => {
    const random = createRandom(5);
    const rows = weeks(50, (day) => ({ swingPct: random.between(32, 85), capacityAh: 94 - day / 100 + random.normal(0, 4) }));
    expect(rows.length).toBeGreaterThan(40);
    expect(jumps(rows)).toEqual([]);
  });

  it("does not fall to 1 % or leap to 31.9 % after an update (CustomGrafanaDashboards#70): the update is named as the cause", () => {
    const update = 140;
    const rows = weeks(40, (day) => ({ swingPct: 60, capacityAh: day < update ? 95 : 91 }), {
      softwareOn: (day) => (day < update ? 1 : 2),
    });
    expect(jumps(rows)).toEqual([]);
    expect(rows.map(({ cause }) => cause)).toContain("bms_software_changed");
    for (const capacityAh of shown(rows)) expect(capacityAh > 90 && capacityAh < 96).toBe(true);
  });

  it("is not above new from rounding at small charges (teslamate#4652)", () => {
    const random = createRandom(6);
    // The displayed state of charge errs by a point at either end: 8 % charges alone would read 75 to 130 %.
    const rows = weeks(30, (day) =>
      day % 4 === 0 ? { swingPct: 70, capacityAh: 99 } : { swingPct: 8, capacityAh: random.between(75, 130) },
    );
    for (const capacityAh of shown(rows)) expect(Math.abs(capacityAh - 99)).toBeLessThan(0.6);
  });

  it("is taken from sufficiently large charges only, and says how many (teslamate#4652)", () => {
    expect(weeks(12, () => ({ swingPct: 12, capacityAh: 95 }))).toEqual([]);
    expect(weeks(12, () => ({ swingPct: 60, capacityAh: 95 })).at(-1)?.sessions).toBeGreaterThanOrEqual(6);
  });

  it("does not follow the seasons: cold charges that read low leave it where warm ones put it", () => {
    const isWinter = (day: number): boolean => day >= 150 && day < 260;
    const rows = weeks(50, (day) => (isWinter(day) ? { swingPct: 60, capacityAh: 88, tempC: 6 } : { swingPct: 60, capacityAh: 95 }));
    for (const capacityAh of shown(rows)) expect(Math.abs(capacityAh - 95)).toBeLessThan(1.6);
    const [autumn, midwinter] = [
      rows.find((row) => row.at > addDays(FIRST_DAY, 140)),
      rows.find((row) => row.at > addDays(FIRST_DAY, 250)),
    ];
    const width = (row: HealthRow | undefined): number => (row?.highAh ?? 0) - (row?.lowAh ?? 0);
    expect(width(midwinter)).toBeGreaterThan(width(autumn));
  });

  it("rests on a capacity as new that can be set per car, and is in Ah as well (t-buddy#9, teslamate#1544, #3893, #4059)", () => {
    const [usual, other] = [100, 80].map((nominalAh) =>
      weeks(10, () => ({ swingPct: 60, capacityAh: 76 }), { master: { ...MASTER, nominalAh } }).at(-1),
    );
    expect(usual?.capacityAh).toBeCloseTo(76, 0);
    expect(other?.capacityAh).toBeCloseTo(76, 0);
    expect([usual?.referenceAh, other?.referenceAh]).toEqual([100, 80]);
    expect(other?.reason).toContain("reference: nominal capacity");
  });

  it("is in kWh over time, too (teslamate#1544)", () => {
    const rows = weeks(20, (day) => ({ swingPct: 60, capacityAh: 95 - day / 20, meanV: 350 }));
    expect(rows.length).toBeGreaterThan(10);
    for (const { capacityKwh, capacityAh } of rows) expect(capacityKwh).toBeCloseTo(0.35 * (capacityAh ?? 0), 6);
  });

  it("does not take imbalance for ageing, nor rise when a pack is balanced again (TWAICE, article 356189)", () => {
    const isOut = (day: number): boolean => day >= 100 && day < 200;
    // Three points of capacity lost to cells that drifted apart: 27 mV more at the end of charges.
    const rows = weeks(45, (day) => ({ swingPct: 60, capacityAh: isOut(day) ? 92 : 95 }), {
      endSpreadMv: (day) => (isOut(day) ? 37 : 10),
    });
    expect(Math.max(...rows.map(({ imbalancePct }) => imbalancePct ?? 0))).toBeCloseTo(3, 1);
    expect(rows.some(({ reason }) => reason.includes("not ageing"))).toBe(true);
    for (const capacityAh of shown(rows)) expect(Math.abs(capacityAh - 95)).toBeLessThan(1.5);
    expect(jumps(rows)).toEqual([]);
  });

  it("has an interval that holds the truth, and a class", () => {
    const last = weeks(20, () => ({ swingPct: 80, capacityAh: 93 })).at(-1);
    expect(last?.accuracyClass).toBe("A");
    expect((last?.lowAh ?? 99) < 93 && (last?.highAh ?? 0) > 93).toBe(true);
  });
});
