import { describe, expect, it } from "vitest";
import { packCapacityAh } from "../dayState.ts";
import { createCar } from "../profile.ts";
import { createRandom, mix } from "../random.ts";
import type { Reading } from "../reading.ts";
import { senseReport } from "../sensors.ts";
import type { Segment } from "../trace.ts";
import type { PlantedFault } from "../truth.ts";
import { createVehicle, type Vehicle } from "../vehicle.ts";
import { capacityFade } from "./capacityFade.ts";
import { cellLeak } from "./cellLeak.ts";
import type { FaultKind } from "./fault.ts";
import { insulationRamp } from "./insulationRamp.ts";
import { makerAlarmBursts } from "./makerAlarmBursts.ts";
import { makerAlarmStop } from "./makerAlarmStop.ts";
import { overTemperature } from "./overTemperature.ts";
import { overVoltage } from "./overVoltage.ts";
import { parkedHeating } from "./parkedHeating.ts";
import { probeSensor } from "./probeSensor.ts";
import { FAULT_KINDS, plantFaults } from "./registry.ts";
import { resistanceGrowth } from "./resistanceGrowth.ts";
import { underVoltage } from "./underVoltage.ts";
import { weakCell } from "./weakCell.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 5, 1);
const DAYS = 60;
const SEED = 21;

interface Case {
  readonly vehicle: Vehicle;
  readonly twin: Vehicle;
  readonly fault: PlantedFault;
  readonly firstDay: number;
}

/** A car with the fault, and the same car without it. The index picks the car among those the kind suits. */
function plant(kind: FaultKind, index = 0): Case {
  const cars = Array.from({ length: 40 }, (_, i) => createCar(SEED, i, START_MS));
  const car = cars.filter((one) => one.profile.usage === "private" && (kind.suits?.(one.profile) ?? true))[index];
  if (car === undefined) throw new Error("expected a car the kind suits");
  const site = { profile: car.profile, random: createRandom(mix(car.seed, 72)), startMs: START_MS, days: DAYS };
  const fault = { vin: car.profile.vin, kind: kind.kind, component: kind.component, ...kind.plant(site) };
  const shared = { fleetSeed: SEED, startMs: START_MS, car };
  return {
    vehicle: createVehicle({ ...shared, fault: { kind, fault } }),
    twin: createVehicle({ ...shared, fault: null }),
    fault,
    firstDay: Math.ceil((fault.startMs - START_MS) / DAY_MS),
  };
}

/** `pick` of every report in a range of days; `null` leaves a report out. */
function collect(vehicle: Vehicle, from: number, to: number, pick: (reading: Reading, segment: Segment) => number | null): number[] {
  const found: number[] = [];
  for (let day = from; day < Math.min(to, DAYS); day++) {
    const driven = vehicle.dayOf(day);
    for (const segment of driven.trace.segments) {
      for (let atS = segment.startS; atS < segment.endS; atS += 60) {
        const picked = pick(vehicle.readingAt(driven, segment, atS), segment);
        if (picked !== null) found.push(picked);
      }
    }
  }
  return found;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

function deviationMv(reading: Reading, cell: number | null): number {
  return (reading.cellMv[(cell ?? 1) - 1] ?? 0) - mean([...reading.cellMv]);
}

describe("planted faults", () => {
  it("leak: the cell falls further below the others week after week, and not before its start", () => {
    for (const index of [0, 1, 2]) {
      const { vehicle, twin, fault, firstDay } = plant(cellLeak, index);
      const weekly = (week: number) =>
        mean(collect(vehicle, firstDay + 7 * week, firstDay + 7 * week + 7, (r) => deviationMv(r, fault.cell)));
      const before = mean(collect(vehicle, 0, firstDay - 1, (r) => deviationMv(r, fault.cell)));
      expect(before).toBeCloseTo(mean(collect(twin, 0, firstDay - 1, (r) => deviationMv(r, fault.cell))), 6);
      expect(weekly(0)).toBeLessThan(before - 2);
      expect(weekly(1)).toBeLessThan(weekly(0) - 5);
      expect(weekly(2)).toBeLessThan(weekly(1) - 5);
    }
  });

  it("resistance: the cell's deviation follows the current", () => {
    const { vehicle, fault, firstDay } = plant(resistanceGrowth);
    const strong = (reading: Reading) => (reading.currentA > 40 ? deviationMv(reading, fault.cell) : null);
    const idle = (reading: Reading) => (Math.abs(reading.currentA) < 2 ? deviationMv(reading, fault.cell) : null);
    const grown = [firstDay + 14, firstDay + 28] as const;
    expect(mean(collect(vehicle, ...grown, strong))).toBeLessThan(mean(collect(vehicle, 0, firstDay - 1, strong)) - 25);
    expect(mean(collect(vehicle, ...grown, idle))).toBeGreaterThan(mean(collect(vehicle, 0, firstDay - 1, idle)) - 6);
  });

  it("weak cell: it decides the pack's capacity and is lowest when the pack is low", () => {
    const { vehicle, twin, fault } = plant(weakCell);
    const ratio = packCapacityAh(vehicle.dayOf(DAYS - 1).state) / packCapacityAh(twin.dayOf(DAYS - 1).state);
    expect(ratio).toBeLessThan(0.94);
    const low = (reading: Reading) => (reading.soc < 0.4 ? deviationMv(reading, fault.cell) : null);
    expect(mean(collect(vehicle, DAYS - 20, DAYS, low))).toBeLessThan(-15);
  });

  it("fade: the pack holds about a third less from the first day", () => {
    const { vehicle, twin } = plant(capacityFade);
    const ratio = packCapacityAh(vehicle.dayOf(0).state) / packCapacityAh(twin.dayOf(0).state);
    expect(ratio).toBeGreaterThan(0.63);
    expect(ratio).toBeLessThan(0.72);
  });

  it("insulation: from healthy to below 500 Ω per volt", () => {
    const { vehicle, firstDay } = plant(insulationRamp);
    const ohmPerVolt = (reading: Reading) => (reading.insulationKohm * 1e6) / reading.cellMv.reduce((a, b) => a + b, 0);
    expect(Math.min(...collect(vehicle, 0, firstDay - 1, ohmPerVolt))).toBeGreaterThan(1000);
    expect(Math.max(...collect(vehicle, DAYS - 5, DAYS, ohmPerVolt))).toBeLessThan(500);
  });

  it("over-temperature: past 60 °C in charges of the episode, and never outside it", () => {
    const { vehicle, fault, firstDay } = plant(overTemperature);
    const hottest = (reading: Reading) => Math.max(...reading.probeC);
    const lastDay = Math.ceil(((fault.course[1]?.atMs ?? 0) - START_MS) / DAY_MS);
    expect(Math.max(...collect(vehicle, firstDay, firstDay + 4, hottest))).toBeGreaterThan(61);
    expect(Math.max(...collect(vehicle, 0, firstDay - 1, hottest), ...collect(vehicle, lastDay, DAYS, hottest))).toBeLessThan(50);
  });

  it("parked heating: 3 °C and more a minute without current, on one day only", () => {
    const { vehicle, fault, firstDay } = plant(parkedHeating);
    const day = Math.floor((fault.startMs - START_MS) / DAY_MS);
    const temps = collect(vehicle, day, day + 1, (r) => (r.timeMs >= fault.startMs && r.currentA === 0 ? Math.max(...r.probeC) : null));
    const rises = temps.slice(1).map((temp, i) => temp - (temps[i] ?? 0));
    expect(rises.filter((rise) => rise >= 3).length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...temps)).toBeGreaterThan(65);
    expect(Math.max(...collect(vehicle, firstDay + 1, DAYS, (r) => Math.max(...r.probeC)))).toBeLessThan(50);
  });

  it("maker alarms: level 2 flaps, level 3 stays through the drives", () => {
    const bursts = plant(makerAlarmBursts);
    const levels = collect(bursts.vehicle, bursts.firstDay, bursts.firstDay + 8, (r) => r.alarmLevel);
    const changes = levels.filter((level, i) => i > 0 && level !== levels[i - 1]).length;
    expect(Math.max(...levels)).toBe(2);
    expect(changes).toBeGreaterThan(20);
    const stop = plant(makerAlarmStop);
    expect(Math.max(...collect(stop.vehicle, stop.firstDay, stop.firstDay + 3, (r) => r.alarmLevel))).toBe(3);
    expect(Math.max(...collect(stop.vehicle, stop.firstDay + 4, DAYS, (r) => r.alarmLevel))).toBe(0);
  });

  it.each([
    ["NCM", 4320, 2400],
    ["LFP", 3820, 2150],
  ])("over- and under-voltage in %s: the cell and no other, beyond its limits within the time given", (chemistry, above, below) => {
    const only = (kind: FaultKind): FaultKind => ({ ...kind, suits: (profile) => profile.chemistry === chemistry });
    const over = plant(only(overVoltage));
    const under = plant(only(underVoltage));
    const highest = collect(over.vehicle, over.firstDay, over.firstDay + 10, (r) => r.cellMv[(over.fault.cell ?? 1) - 1] ?? 0);
    const lowest = collect(under.vehicle, under.firstDay, under.firstDay + 12, (r) => r.cellMv[(under.fault.cell ?? 1) - 1] ?? 0);
    expect(Math.max(...highest)).toBeGreaterThan(above);
    expect(Math.min(...lowest)).toBeLessThan(below);
    expect(Math.max(...collect(over.vehicle, 0, over.firstDay - 1, (r) => Math.max(...r.cellMv)))).toBeLessThan(above - 80);
  });

  it("probe sensor: one probe lies while the pack is well", () => {
    const { vehicle, fault, firstDay } = plant(probeSensor);
    const off = collect(vehicle, firstDay, DAYS, (r) => (r.probeC[(fault.probe ?? 1) - 1] ?? 0) - r.packC);
    expect(Math.abs(mean(off))).toBeGreaterThan(8);
    expect(Math.max(...off)).toBeGreaterThan(70);
  });

  it("leave a report's other values alone: the same car without the fault reports the same before it starts", () => {
    for (const kind of FAULT_KINDS.filter((one) => one.bendHabits === undefined && one !== capacityFade)) {
      const { vehicle, twin, firstDay } = plant(kind);
      const report = (car: Vehicle) =>
        JSON.stringify(
          car
            .dayOf(firstDay - 2)
            .trace.segments.map((s) => senseReport(car.dayOf(firstDay - 2), car.readingAt(car.dayOf(firstDay - 2), s, s.startS))),
        );
      expect(report(vehicle), kind.kind).toBe(report(twin));
    }
  });

  it("are planted kind after kind, so that a small fleet gets the first ones", () => {
    const cars = Array.from({ length: 20 }, (_, i) => createCar(SEED, i, START_MS));
    const planted = plantFaults(cars, { seed: SEED, share: 0.15, startMs: START_MS, days: DAYS });
    expect([...planted.values()].map(({ kind }) => kind)).toEqual(FAULT_KINDS.slice(0, 3));
  });
});
