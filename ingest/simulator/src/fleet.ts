import type { Vin } from "@bellwether/contracts/vin";
import { plantFaults } from "./faults/registry.ts";
import { createFramer, type Framer } from "./frames.ts";
import { createCar, type VehicleProfile } from "./profile.ts";
import type { DrivenDay } from "./reading.ts";
import { type Dispatch, scheduleDay } from "./schedule.ts";
import type { PlantedFault } from "./truth.ts";
import { createVehicle, type Vehicle } from "./vehicle.ts";

export interface FleetSettings {
  /** Any integer; the same seed gives the same bytes. */
  readonly seed: number;
  readonly vehicles: number;
  /** First moment of the history, ms since 1970; taken back to 00:00 UTC. */
  readonly startMs: number;
  /** Length of the history in which faults begin; days beyond it can be asked for as well. */
  readonly days: number;
  /** Between two reports of a car that is awake, s. */
  readonly reportIntervalS?: number;
  readonly liveIntervalS?: number;
  /** Share of cars with a planted fault. */
  readonly faultShare?: number;
}

export interface FleetFrame {
  readonly vin: Vin;
  /** When the car took the reading; what the frame says, unless its clock is wrong. */
  readonly eventTimeMs: number;
  /** When the frame left the car: later than the reading if it had been stored. */
  readonly sentAtMs: number;
  readonly frame: Buffer;
}

export interface Fleet {
  readonly vehicles: readonly VehicleProfile[];
  readonly truth: readonly PlantedFault[];
  /** Every frame the fleet sends on a day of the history (0 first), in order of sending. */
  framesOfDay(dayIndex: number): Iterable<FleetFrame>;
  /** Every frame sent in [fromMs, toMs) at the live interval, in order of sending; nothing before the fleet's start. */
  liveFrames(fromMs: number, toMs: number): Iterable<FleetFrame>;
  /** A workshop has mended a car: from the start of this day on its fault is gone. Days are to be asked for in order then. */
  repair(vin: string, dayIndex: number): void;
}

const DAY_MS = 86_400_000;
const HISTORY_INTERVAL_S = 60;
const LIVE_INTERVAL_S = 10;
const FAULT_SHARE = 0.2;

/**
 * Creates a fleet of cars that live, age, charge, fail and report, all from one seed: no clock, no other randomness.
 * Frames are real GB/T 32960 of both editions with the disturbances of real fleets (lost, late, repeated, spoiled).
 */
export function createFleet(settings: FleetSettings): Fleet {
  const startMs = Math.floor(settings.startMs / DAY_MS) * DAY_MS;
  const cars = Array.from({ length: settings.vehicles }, (_, index) => createCar(settings.seed, index, startMs));
  const share = settings.faultShare ?? FAULT_SHARE;
  const faults = plantFaults(cars, { seed: settings.seed, share, startMs, days: settings.days });
  const vehicles = cars.map((car) => createVehicle({ fleetSeed: settings.seed, startMs, car, fault: faults.get(car.profile) ?? null }));
  const senders = vehicles.map((vehicle) => ({ vehicle, frame: createFramer(vehicle) }));
  const historyIntervalS = settings.reportIntervalS ?? HISTORY_INTERVAL_S;
  const liveIntervalS = settings.liveIntervalS ?? LIVE_INTERVAL_S;
  const planLive = dayPlanner(senders, liveIntervalS);
  return {
    vehicles: cars.map((car) => car.profile),
    truth: vehicles.flatMap((vehicle) => (vehicle.fault === null ? [] : [vehicle.fault.fault])),
    framesOfDay: (dayIndex) => framesOf(planDay(senders, dayIndex, historyIntervalS), 0, Number.POSITIVE_INFINITY),
    *liveFrames(fromMs, toMs) {
      for (let day = Math.max(Math.floor((fromMs - startMs) / DAY_MS), 0); startMs + day * DAY_MS < toMs; day++) {
        yield* framesOf(planLive(day), fromMs, toMs);
      }
    },
    repair: (vin, dayIndex) => vehicles.find(({ car }) => car.profile.vin === vin)?.repair(dayIndex),
  };
}

interface Sender {
  readonly vehicle: Vehicle;
  readonly frame: Framer;
}

/** All messages of a fleet's day in order of sending. */
interface FleetDay {
  readonly startMs: number;
  readonly entries: readonly { readonly sender: Sender; readonly driven: DrivenDay; readonly dispatch: Dispatch }[];
  /** Indices into `entries`, by time of sending. */
  readonly order: Uint32Array;
}

function planDay(senders: readonly Sender[], dayIndex: number, intervalS: number): FleetDay {
  const entries = senders.flatMap((sender) => {
    const driven = sender.vehicle.dayOf(dayIndex);
    return scheduleDay(driven, intervalS).map((dispatch) => ({ sender, driven, dispatch }));
  });
  // Sorting numbers that hold both time and index is several times faster than sorting the entries.
  const keys = Float64Array.from(entries, ({ dispatch }, index) => dispatch.sentS * entries.length + index).sort();
  return {
    startMs: entries[0]?.driven.state.startMs ?? 0,
    entries,
    order: Uint32Array.from(keys, (key) => key % entries.length),
  };
}

/** Remembers the last day planned, because live frames are asked for second by second. */
function dayPlanner(senders: readonly Sender[], intervalS: number): (dayIndex: number) => FleetDay {
  let kept: { readonly dayIndex: number; readonly day: FleetDay } | null = null;
  return (dayIndex) => {
    if (kept?.dayIndex !== dayIndex) kept = { dayIndex, day: planDay(senders, dayIndex, intervalS) };
    return kept.day;
  };
}

function* framesOf(day: FleetDay, fromMs: number, toMs: number): Generator<FleetFrame> {
  for (let i = firstAt(day, fromMs); i < day.order.length; i++) {
    const entry = day.entries[day.order[i] ?? 0];
    if (entry === undefined) return;
    const { sender, driven, dispatch } = entry;
    const sentAtMs = day.startMs + dispatch.sentS * 1000;
    if (sentAtMs >= toMs) return;
    const eventTimeMs = day.startMs + dispatch.atS * 1000;
    yield { vin: sender.vehicle.car.profile.vin, eventTimeMs, sentAtMs, frame: sender.frame(driven, dispatch) };
  }
}

/** Position in `order` of the first message sent at or after a time, by bisection. */
function firstAt(day: FleetDay, fromMs: number): number {
  let low = 0;
  let high = day.order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const sentS = day.entries[day.order[middle] ?? 0]?.dispatch.sentS ?? 0;
    if (day.startMs + sentS * 1000 < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
