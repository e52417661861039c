import { planDay } from "./dayPlan.ts";
import { healthyDay, packCapacityAh } from "./dayState.ts";
import type { CarFault } from "./faults/registry.ts";
import { buildPack, type Pack } from "./pack.ts";
import type { Car } from "./profile.ts";
import { createRandom, mix } from "./random.ts";
import { blankReading, type DrivenDay, type Reading, takeReading } from "./reading.ts";
import { simulateDay } from "./simulateDay.ts";
import type { CarState, Segment } from "./trace.ts";

/** A car that can be asked for any day and any moment. */
export interface Vehicle {
  readonly car: Car;
  readonly fault: CarFault | null;
  /** The day counted from the fleet's start; days may be asked for in any order. */
  dayOf(dayIndex: number): DrivenDay;
  /** The state at a second of a segment of a day; the object is overwritten by the next call. */
  readingAt(driven: DrivenDay, segment: Segment, atS: number): Reading;
  /** From the start of this day on the car is healthy; days made before are forgotten from there. */
  repair(dayIndex: number): void;
}

export interface VehicleSetting {
  readonly fleetSeed: number;
  /** 00:00 UTC of day 0. */
  readonly startMs: number;
  readonly car: Car;
  readonly fault: CarFault | null;
}

const DAY_MS = 86_400_000;
/** Yesterday, today and tomorrow are kept; older days are made again when asked for. */
const KEPT_DAYS = 3;

/**
 * Creates a vehicle. What one day hands to the next (charge, temperature, distance) is kept for every day reached so far,
 * so a day costs the same whether or not the days before were asked for; the first question about day n costs n days.
 */
export function createVehicle(setting: VehicleSetting): Vehicle {
  const pack = buildPack(setting.car);
  const starts: CarState[] = [];
  const kept = new Map<number, DrivenDay>();
  let reading: Reading | null = null;
  let repairedFrom = Number.POSITIVE_INFINITY;

  const faultOn = (dayIndex: number): CarFault | null => (dayIndex < repairedFrom ? setting.fault : null);
  const drive = (dayIndex: number, start: CarState): DrivenDay => driveDay({ ...setting, fault: faultOn(dayIndex) }, pack, dayIndex, start);

  const startOf = (dayIndex: number): CarState => {
    starts[0] ??= firstState(setting);
    while (starts.length <= dayIndex) starts.push(drive(starts.length - 1, starts.at(-1) ?? starts[0]).trace.end);
    return starts[dayIndex] ?? starts[0];
  };

  const dayOf = (dayIndex: number): DrivenDay => {
    const known = kept.get(dayIndex);
    if (known !== undefined) return known;
    const driven = drive(dayIndex, startOf(dayIndex));
    if (starts.length === dayIndex + 1) starts.push(driven.trace.end);
    kept.set(dayIndex, driven);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_DAYS && oldest !== undefined) kept.delete(oldest);
    return driven;
  };

  return {
    car: setting.car,
    fault: setting.fault,
    dayOf,
    readingAt(driven, segment, atS) {
      reading ??= blankReading(driven, segment);
      takeReading(reading, pack, driven, segment, atS);
      const fault = faultOn(driven.state.dayIndex);
      fault?.kind.changeReading?.(fault.fault, reading);
      return reading;
    },
    repair(dayIndex) {
      repairedFrom = Math.min(repairedFrom, dayIndex);
      starts.length = Math.min(starts.length, dayIndex + 1);
      for (const day of [...kept.keys()]) if (day >= dayIndex) kept.delete(day);
    },
  };
}

function driveDay(setting: VehicleSetting, pack: Pack, dayIndex: number, start: CarState): DrivenDay {
  const { car, fault } = setting;
  const startMs = setting.startMs + dayIndex * DAY_MS;
  const state = healthyDay(setting.fleetSeed, car, pack, dayIndex, startMs);
  if (fault !== null && startMs + DAY_MS > fault.fault.startMs) fault.kind.changeDay?.(fault.fault, state);
  const habits = fault?.kind.bendHabits?.(car.habits) ?? car.habits;
  const planned = planDay(createRandom(mix(state.seed, 3)), habits);
  const added = fault?.kind.addIntents?.(fault.fault, startMs) ?? [];
  const intents = [...planned, ...added].sort((a, b) => a.startS - b.startS);
  const capacityAh = packCapacityAh(state);
  const depthRatio = state.cellCapacityAh.map((ah) => capacityAh / ah);
  return { state, trace: simulateDay(state, pack, intents, start), depthRatio };
}

function firstState(setting: VehicleSetting): CarState {
  const { car, startMs } = setting;
  const random = createRandom(mix(car.seed, 4));
  const ageDays = (startMs - car.builtMs) / DAY_MS;
  return {
    soc: random.between(0.5, 0.85),
    packC: car.region.yearMeanC,
    odometerKm: 12 + ageDays * car.kmPerDay * random.between(0.7, 1.2),
    idleS: 36_000,
  };
}
