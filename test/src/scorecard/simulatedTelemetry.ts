/**
 * A simulated fleet's reports put straight into the column store, as ingest would land them: the codec is measured elsewhere,
 * and frames would cost ten times the rest.
 */
import { encodeNative, type NativeColumn } from "@bellwether/clickhouse/native";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { columnOf, columnTypeOf, type SignalName, type SignalValues } from "@bellwether/contracts/signals";
import { TOPICS } from "@bellwether/contracts/topics";
import { plantFaults } from "@bellwether/simulator/faults/registry";
import { createCar, type VehicleProfile } from "@bellwether/simulator/profile";
import { scheduleDay } from "@bellwether/simulator/schedule";
import { senseReport } from "@bellwether/simulator/sensors";
import type { Segment } from "@bellwether/simulator/trace";
import type { PlantedFault } from "@bellwether/simulator/truth";
import { createVehicle, type Vehicle } from "@bellwether/simulator/vehicle";

export interface SimulatedFleet {
  readonly profiles: readonly VehicleProfile[];
  readonly truth: readonly PlantedFault[];
  /** Lands one day of every vehicle. */
  landDay(store: ColumnStore, dayIndex: number): Promise<void>;
}

export interface FleetWish {
  readonly seed: number;
  readonly vehicles: number;
  readonly startMs: number;
  readonly days: number;
  readonly reportIntervalS: number;
  readonly faultShare: number;
  readonly kinds: readonly string[];
  /** Columns kept: the ones the methods under test read. */
  readonly signals: readonly SignalName[];
  /** Which reports are wanted; absent: all, but a fifth of slow charging. */
  readonly keeps?: (segment: Segment, sinceStartS: number) => boolean;
}

const SLOW_EVERY = 5;

interface Row {
  readonly vin: string;
  readonly timeMs: number;
  readonly values: SignalValues;
}

/** A fleet with seeded faults of the wished kinds. */
export function simulateFleet(wish: FleetWish): SimulatedFleet {
  const cars = Array.from({ length: wish.vehicles }, (_, i) => createCar(wish.seed, i, wish.startMs));
  const faults = plantFaults(cars, { ...wish, share: wish.faultShare });
  const vehicles = cars.map((car) =>
    createVehicle({ fleetSeed: wish.seed, startMs: wish.startMs, car, fault: faults.get(car.profile) ?? null }),
  );
  let offset = 0;
  return {
    profiles: cars.map((car) => car.profile),
    truth: [...faults.values()].map(({ fault }) => fault),
    async landDay(store, dayIndex) {
      const rows = vehicles.flatMap((vehicle) => rowsOf(vehicle, dayIndex, wish));
      if (rows.length === 0) return;
      const columns = columnsOf(rows, wish.signals, offset);
      const names = columns.map(({ name }) => name);
      await store.insertNative("telemetry", names, encodeNative(columns), { token: `sim-${offset}` });
      await store.insertRows("ingest_ledger", [ledgerLine(rows, offset)], { token: `sim-ledger-${offset}` });
      offset += rows.length;
    },
  };
}

/** Master data of the fleet, as the maker gives it. */
export async function landMasterData(store: ColumnStore, profiles: readonly VehicleProfile[]): Promise<void> {
  const rows = profiles.map(({ vin, model, chemistry, nominalAh, cells, builtOn, region }) => ({
    ...{ vin, model, chemistry, nominal_ah: nominalAh, cells, built_on: builtOn, region, revision: 1 },
  }));
  await store.insertRows("vehicles", rows, { token: "sim-vehicles" });
}

function rowsOf(vehicle: Vehicle, dayIndex: number, { reportIntervalS: intervalS, keeps }: FleetWish): Row[] {
  const driven = vehicle.dayOf(dayIndex);
  const isKept =
    keeps ?? ((segment, sinceStartS) => segment.kind !== "charge" || segment.isDc || sinceStartS % (SLOW_EVERY * intervalS) < intervalS);
  return scheduleDay(driven, intervalS).flatMap((dispatch) => {
    if (dispatch.kind !== "report" || dispatch.flaw !== "none") return [];
    // Slow charges fill most of the day with reports that say nothing new.
    if (!isKept(dispatch.segment, dispatch.atS - dispatch.segment.startS)) return [];
    const reading = vehicle.readingAt(driven, dispatch.segment, dispatch.atS);
    return [{ vin: vehicle.car.profile.vin, timeMs: reading.timeMs, values: senseReport(driven, reading) }];
  });
}

function columnsOf(rows: readonly Row[], signals: readonly SignalName[], offset: number): NativeColumn[] {
  const constant = <T>(value: T): T[] => rows.map(() => value);
  const times = rows.map((row) => row.timeMs);
  return [
    { name: "vin", type: "LowCardinality(String)", values: rows.map((row) => row.vin) },
    { name: "event_time", type: "DateTime64(3, 'UTC')", values: times },
    { name: "received_time", type: "DateTime64(3, 'UTC')", values: times },
    { name: "part", type: "UInt16", values: constant(0) },
    { name: "format", type: "LowCardinality(String)", values: constant("gbt32960") },
    { name: "log_topic", type: "LowCardinality(String)", values: constant(TOPICS.frames) },
    { name: "log_partition", type: "UInt16", values: constant(0) },
    { name: "log_offset", type: "UInt64", values: rows.map((_, i) => offset + i) },
    ...signals.map((signal) => ({ name: columnOf(signal), type: columnTypeOf(signal), values: rows.map((row) => row.values[signal]) })),
  ];
}

function ledgerLine(rows: readonly Row[], offset: number): object {
  const times = rows.map((row) => row.timeMs);
  return {
    log_topic: TOPICS.frames,
    log_partition: 0,
    first_offset: offset,
    last_offset: offset + rows.length - 1,
    state: "landed",
    records: rows.length,
    samples: rows.length,
    ignored: 0,
    rejected: 0,
    min_event_time: new Date(times.reduce((a, b) => Math.min(a, b))).toISOString(),
    max_event_time: new Date(times.reduce((a, b) => Math.max(a, b))).toISOString(),
    recorded_at: new Date(0).toISOString(),
  };
}
