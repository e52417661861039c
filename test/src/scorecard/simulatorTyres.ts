/** Tyres of a simulated fleet over years, without the store: the simulator's own sensors, some reports a day, and the leak test. */
import { detectLeaks } from "@bellwether/analytics/detectors/tyre/detectLeak";
import type { PerWheel } from "@bellwether/analytics/detectors/tyre/tyreDay";
import type { FaultKind } from "@bellwether/simulator/faults/fault";
import { slowTyreLeak } from "@bellwether/simulator/faults/slowTyreLeak";
import { createCar } from "@bellwether/simulator/profile";
import { createRandom, mix } from "@bellwether/simulator/random";
import { senseReport } from "@bellwether/simulator/sensors";
import { createVehicle, type Vehicle } from "@bellwether/simulator/vehicle";
import { type TyreRow, tyreDays } from "./leafTyres.ts";

export interface TyreWish {
  readonly seed: number;
  readonly cars: number;
  readonly days: number;
  readonly startMs: number;
}

export interface TyreRun {
  /** From the beginning of a leak of 1 kPa a day to its alarm; null: not found. */
  readonly daysToAlarm: readonly (number | null)[];
  readonly falseAlarms: number;
  readonly tyreYears: number;
}

const REPORT_EVERY_S = 900;
/** Days of history a nightly run keeps. */
const KEPT_DAYS = 150;
const LEAK_KPA_PER_DAY = 1;
const DAY_MS = 86_400_000;
/** A healthy tyre's alarm counts once until it has been silent for this long. */
const EPISODE_DAYS = 30;

/** Every car once sound over the whole time, and once with a leak of 1 kPa a day from its middle on. */
export function runTyres(wish: TyreWish): TyreRun {
  const sound = Array.from({ length: wish.cars }, (_, i) => alarmDays(vehicleOf(wish, i, null), wish.days));
  const onset = Math.floor(wish.days / 2);
  const leaking = Array.from({ length: wish.cars }, (_, i) => {
    const alarms = alarmDays(vehicleOf(wish, i, onset), Math.min(onset + 60, wish.days));
    const first = alarms.find((day) => day >= onset);
    return first === undefined ? null : first - onset;
  });
  const falseAlarms = sound.reduce(
    (sum, days) => sum + days.filter((day, i) => day - (days[i - 1] ?? -EPISODE_DAYS) >= EPISODE_DAYS).length,
    0,
  );
  return { daysToAlarm: leaking, falseAlarms, tyreYears: (4 * wish.cars * wish.days) / 365.25 };
}

function vehicleOf({ seed, startMs, days }: TyreWish, index: number, onset: number | null): Vehicle {
  const car = createCar(seed, index, startMs);
  const setting = { fleetSeed: seed, startMs, car };
  if (onset === null) return createVehicle({ ...setting, fault: null });
  const kind: FaultKind = slowTyreLeak;
  const planted = kind.plant({ profile: car.profile, random: createRandom(mix(car.seed, 72)), startMs, days });
  const leakMs = startMs + onset * DAY_MS;
  const course = [{ atMs: leakMs, magnitude: LEAK_KPA_PER_DAY }];
  const fault = { vin: car.profile.vin, kind: kind.kind, component: kind.component, ...planted, startMs: leakMs, course };
  return createVehicle({ ...setting, fault: { kind, fault } });
}

/** Days, counted from the start, on whose evening a leak is stated. */
function alarmDays(vehicle: Vehicle, days: number): number[] {
  const known = Array.from({ length: days }, (_, day) => tyreDays(rowsOf(vehicle, day))).flat();
  const firstDay = known[0]?.dayNumber ?? 0;
  return known.flatMap(({ dayNumber }, i) => {
    const { leaks } = detectLeaks(known.slice(Math.max(0, i + 1 - KEPT_DAYS), i + 1));
    return leaks.length === 0 ? [] : [dayNumber - firstDay];
  });
}

function rowsOf(vehicle: Vehicle, dayIndex: number): TyreRow[] {
  const driven = vehicle.dayOf(dayIndex);
  const dayNumber = Math.floor(driven.state.startMs / DAY_MS);
  return driven.trace.segments.flatMap((segment) => {
    const rows: TyreRow[] = [];
    for (let atS = segment.startS; atS < segment.endS; atS += REPORT_EVERY_S) {
      const values = senseReport(driven, vehicle.readingAt(driven, segment, atS));
      const { tyrePressureFlKpa: fl = 0, tyrePressureFrKpa: fr = 0, tyrePressureRlKpa: rl = 0, tyrePressureRrKpa: rr = 0 } = values;
      const kpa: PerWheel<number> = [fl, fr, rl, rr];
      rows.push({ dayNumber, kpa, ambientC: values.ambientTempC ?? null });
    }
    return rows;
  });
}
