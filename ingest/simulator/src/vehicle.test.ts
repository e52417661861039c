import { describe, expect, it } from "vitest";
import { packCapacityAh } from "./dayState.ts";
import { type Car, createCar, healthyCapacityShare } from "./profile.ts";
import type { DrivenDay, Reading } from "./reading.ts";
import { senseReport } from "./sensors.ts";
import { createVehicle, type Vehicle } from "./vehicle.ts";

const DAY_MS = 86_400_000;
const SUMMER_MS = Date.UTC(2026, 5, 1);
const WINTER_MS = Date.UTC(2026, 0, 1);

function healthy(startMs: number, index: number): Vehicle {
  return createVehicle({ fleetSeed: 11, startMs, car: createCar(11, index, startMs), fault: null });
}

function eachReading(vehicle: Vehicle, days: number, look: (driven: DrivenDay, reading: Reading) => void): void {
  for (let day = 0; day < days; day++) {
    const driven = vehicle.dayOf(day);
    for (const segment of driven.trace.segments) {
      for (let atS = segment.startS; atS < segment.endS; atS += 60) look(driven, vehicle.readingAt(driven, segment, atS));
    }
  }
}

/** The furthest a set of readings goes; asserting once is far cheaper than asserting every reading. */
class Extremes {
  cellMvMin = Number.POSITIVE_INFINITY;
  cellMvMax = 0;
  probeCMax = -99;
  probeSpreadMax = 0;
  insulationMin = Number.POSITIVE_INFINITY;
  alarmMax = 0;
  socMin = 1;
  socMax = 0;

  take(reading: Reading): void {
    const hottestC = Math.max(...reading.probeC);
    this.cellMvMin = Math.min(this.cellMvMin, ...reading.cellMv);
    this.cellMvMax = Math.max(this.cellMvMax, ...reading.cellMv);
    this.probeCMax = Math.max(this.probeCMax, hottestC);
    this.probeSpreadMax = Math.max(this.probeSpreadMax, hottestC - Math.min(...reading.probeC));
    this.insulationMin = Math.min(this.insulationMin, reading.insulationKohm);
    this.alarmMax = Math.max(this.alarmMax, reading.alarmLevel);
    this.socMin = Math.min(this.socMin, reading.soc);
    this.socMax = Math.max(this.socMax, reading.soc);
  }
}

describe("a healthy car", () => {
  it("gains as much charge as its current carries into its capacity", () => {
    for (let index = 0; index < 20; index++) {
      const vehicle = healthy(SUMMER_MS, index);
      for (let day = 0; day < 8; day++) {
        const driven = vehicle.dayOf(day);
        for (const segment of driven.trace.segments.filter((s) => s.kind === "charge" && s.endS - s.startS > 1800)) {
          let chargedAh = 0;
          for (let atS = segment.startS; atS < segment.endS; atS += 60) {
            const before = vehicle.readingAt(driven, segment, atS).currentA;
            const after = vehicle.readingAt(driven, segment, Math.min(atS + 60, segment.endS)).currentA;
            chargedAh -= ((before + after) / 2) * (Math.min(60, segment.endS - atS) / 3600);
          }
          const gained = vehicle.readingAt(driven, segment, segment.endS).soc - vehicle.readingAt(driven, segment, segment.startS).soc;
          expect(chargedAh / packCapacityAh(driven.state)).toBeCloseTo(gained, 3);
        }
      }
    }
  });

  it.each([
    ["summer", SUMMER_MS],
    ["winter", WINTER_MS],
  ])("stays within bounds no rule may fire on, in %s", (_season, startMs) => {
    const seen = { NCM: new Extremes(), LFP: new Extremes() };
    for (let index = 0; index < 20; index++) {
      const vehicle = healthy(startMs, index);
      eachReading(vehicle, 8, (_, reading) => seen[vehicle.car.profile.chemistry].take(reading));
    }
    expect(seen.NCM.cellMvMin).toBeGreaterThan(2900);
    expect(seen.NCM.cellMvMax).toBeLessThan(4240);
    expect(seen.LFP.cellMvMin).toBeGreaterThan(2600);
    expect(seen.LFP.cellMvMax).toBeLessThan(3620);
    for (const extremes of [seen.NCM, seen.LFP]) {
      expect(extremes.probeCMax).toBeLessThan(50);
      expect(extremes.probeSpreadMax).toBeLessThan(8);
      expect(extremes.insulationMin).toBeGreaterThan(300);
      expect(extremes.alarmMax).toBe(0);
      expect(extremes.socMin).toBeGreaterThan(0.02);
      expect(extremes.socMax).toBeLessThan(1.005);
    }
  });

  it("shows its charge within a few percent and its voltage as the sum of its cells", () => {
    let socErrorPct = 0;
    let voltageErrorV = 0;
    eachReading(healthy(SUMMER_MS, 2), 5, (driven, reading) => {
      const { socPct = 0, packVoltageV = 0 } = senseReport(driven, reading);
      socErrorPct = Math.max(socErrorPct, Math.abs(socPct - 100 * reading.soc));
      voltageErrorV = Math.max(voltageErrorV, Math.abs(packVoltageV - reading.cellMv.reduce((a, b) => a + b, 0) / 1000));
    });
    expect(socErrorPct).toBeLessThan(4);
    expect(voltageErrorV).toBeLessThan(1e-6);
  });

  it("fades about 2 % a year in private hands and 6 % as a taxi", () => {
    const cars = Array.from({ length: 400 }, (_, index) => createCar(11, index, SUMMER_MS));
    const twoYearLoss = (car: Car) => (car.capacityWhenNew - healthyCapacityShare(car, car.builtMs + 730.5 * DAY_MS)) / 2;
    const meanLoss = (usage: string) => {
      const losses = cars.filter((car) => car.profile.usage === usage).map(twoYearLoss);
      return losses.reduce((a, b) => a + b, 0) / losses.length;
    };
    expect(meanLoss("private")).toBeCloseTo(0.02, 2);
    expect(meanLoss("taxi")).toBeCloseTo(0.06, 2);
  });

  it("drives on where the day before ended", () => {
    const vehicle = healthy(SUMMER_MS, 4);
    for (let day = 1; day < 10; day++) {
      const before = vehicle.dayOf(day - 1).trace;
      const { trace } = vehicle.dayOf(day);
      expect(trace.odometerKm[0] ?? before.end.odometerKm).toBe(before.end.odometerKm);
      expect(trace.soc[0] ?? before.end.soc).toBe(before.end.soc);
    }
  });
});
