/** The items of both editions that nearly every report consists of, read straight into a row. */
import type { ReportRow } from "../../blocks/reportRow.ts";
import { scalarAt, storedNumber } from "../../blocks/signalColumns.ts";
import { uintAt } from "../bytes.ts";
import { EXTREME_INDEXES, EXTREME_NUMBERS, MOTOR_NUMBERS, PEDAL_NUMBERS, VEHICLE_NUMBERS } from "../signalKeys.ts";
import { BRAKING_WITHOUT_TRAVEL, GEAR_BITS, GEAR_RESERVED_BITS, NEUTRAL_TO_P, STATUS_BITS } from "../special.ts";
import { type Places, placesOfEntry } from "./fieldPlaces.ts";
import { type PackPlaces, readMotors } from "./lists.ts";
import {
  type NumberField,
  numberField,
  placeOf,
  readNumber,
  readNumbers,
  readWord,
  reasonOf,
  type WordField,
  wordField,
} from "./readings.ts";

/** Reads the item that begins behind its type byte; returns where the next one begins, or -1 for the general decoder. */
export type ItemReader = (bytes: Buffer, at: number, end: number, row: ReportRow) => number;

export type ReadExtremes = (
  bytes: Buffer,
  at: number,
  places: { readonly cells: PackPlaces; readonly probes: PackPlaces },
  row: ReportRow,
) => boolean;

const BRAKE_ON = scalarAt("brakeOn");
const GEAR = scalarAt("gear");
const GEARS = Float64Array.from(NEUTRAL_TO_P, (gear) => storedNumber("gear", gear));

/** In the order of `applyVehicle` (toSample.ts), because marks come out in it. */
export function vehicleReader(places: Places): ItemReader {
  const words: readonly WordField[] = [
    wordField(places, "vehicle_state", "vehicleState"),
    wordField(places, "charge_state", "chargeState"),
    wordField(places, "run_mode", "runMode"),
    wordField(places, "dcdc_state", "dcdcState"),
  ];
  const numbers = VEHICLE_NUMBERS.map(([key, signal]) => numberField(places, key, signal));
  const gearAt = placeOf(places, "gear");
  const pedals = places.byKey.has("brake_pct") ? PEDAL_NUMBERS.map(([key, signal]) => numberField(places, key, signal)) : [];
  return (bytes, at, end, row) => {
    if (at + places.bytes > end) return -1;
    for (const word of words) readWord(bytes, at, word, row);
    if (!readNumbers(bytes, at, numbers, row)) return -1;
    readGear(bytes[at + gearAt] ?? 0, row);
    for (const pedal of pedals) if (!readPedal(bytes, at, pedal, row)) return -1;
    return at + places.bytes;
  };
}

function readGear(raw: number, row: ReportRow): void {
  if ((raw & GEAR_RESERVED_BITS) !== 0) row.mark("gear", "invalid");
  else {
    row.numbers[GEAR] = GEARS[raw & 0x0f] ?? Number.NaN;
    row.numbers[BRAKE_ON] = (raw & GEAR_BITS.braking) === 0 ? 0 : 1;
  }
}

function readPedal(bytes: Buffer, at: number, pedal: NumberField, row: ReportRow): boolean {
  if (pedal.signal !== "brakePct" || bytes[at + pedal.at] !== BRAKING_WITHOUT_TRAVEL) return readNumber(bytes, at, pedal, row);
  row.numbers[BRAKE_ON] = 1;
  return true;
}

export function motorReader(places: Places): ItemReader {
  const entry = placesOfEntry(places);
  const motors = { fields: MOTOR_NUMBERS.map(([key, signal]) => numberField(entry, key, signal, "list")), entryBytes: entry.bytes };
  return (bytes, at, end, row) => readMotors(bytes, at, end, motors, row);
}

export function engineReader(places: Places): ItemReader {
  const speed = numberField(places, "crankshaft_rpm", "engineSpeedRpm");
  return (bytes, at, end, row) => (at + places.bytes <= end && readNumber(bytes, at, speed, row) ? at + places.bytes : -1);
}

const COORDINATE_BYTES = 4;
const MICRODEGREE_MAX = 0xffff_fffd;

/** Status, the coordinate system in 2025, then longitude and latitude (special.ts). */
export function positionReader({ coordinatesAt }: { coordinatesAt: number }): ItemReader {
  const bytesNeeded = coordinatesAt + 2 * COORDINATE_BYTES;
  const longitude = {
    signal: "longitudeDeg",
    position: scalarAt("longitudeDeg"),
    max: 180,
    at: coordinatesAt,
    minus: STATUS_BITS.west,
  } as const;
  const latitude = {
    signal: "latitudeDeg",
    position: scalarAt("latitudeDeg"),
    max: 90,
    at: coordinatesAt + COORDINATE_BYTES,
    minus: STATUS_BITS.south,
  } as const;
  const readCoordinate = (bytes: Buffer, at: number, status: number, one: typeof longitude | typeof latitude, row: ReportRow): boolean => {
    const raw = uintAt(bytes, at + one.at, COORDINATE_BYTES);
    if ((status & STATUS_BITS.noFix) !== 0) row.mark(one.signal, "invalid");
    else if (raw > MICRODEGREE_MAX) row.mark(one.signal, reasonOf(raw, COORDINATE_BYTES));
    else {
      const degrees = raw / 1_000_000;
      if (degrees > one.max) return false;
      row.numbers[one.position] = (status & one.minus) !== 0 && raw !== 0 ? -degrees : degrees;
    }
    return true;
  };
  return (bytes, at, end, row) => {
    if (at + bytesNeeded > end) return -1;
    const status = bytes[at] ?? 0;
    return readCoordinate(bytes, at, status, longitude, row) && readCoordinate(bytes, at, status, latitude, row) ? at + bytesNeeded : -1;
  };
}

const FAULT_LISTS = 4;
const FLAG_BYTES = 4;
const COUNT_SENTINEL = 0xfe;

/** A quiet alarm item: whatever raises a flag or carries a fault word makes trouble codes, and is read by the general decoder. */
export function alarmReader(places: Places, { hasLevels }: { hasLevels: boolean }): ItemReader {
  const level = numberField(places, "max_level", "alarmLevel");
  const flags = scalarAt("alarmFlags");
  const lists = FAULT_LISTS + (hasLevels ? 1 : 0);
  return (bytes, at, end, row) => {
    const next = at + 1 + FLAG_BYTES + lists;
    if (next > end || uintAt(bytes, at + 1, FLAG_BYTES) !== 0 || !readNumber(bytes, at, level, row)) return -1;
    for (let i = next - lists; i < next; i++) if (bytes[i] !== 0 && (bytes[i] ?? 0) < COUNT_SENTINEL) return -1;
    row.numbers[flags] = 0;
    return next;
  };
}

/** What the car itself says are its extremes, in the order of `setExtremes` (packSignals.ts). */
export function extremesReader(places: Places): ReadExtremes {
  const numbers = EXTREME_NUMBERS.map(([key, signal]) => numberField(places, key, signal));
  const indexes = EXTREME_INDEXES.map(([key, subsystemKey, signal, of]) => ({
    index: numberField(places, key, signal),
    subsystem: numberField(places, subsystemKey, signal),
    of,
  }));
  return (bytes, at, places, row) => {
    if (!readNumbers(bytes, at, numbers, row)) return false;
    for (const { index, subsystem, of } of indexes) {
      const before = cellsBefore(places[of], bytes[at + subsystem.at] ?? 0, subsystem);
      if (!readIndex(bytes, at, index, before, row)) return false;
    }
    return true;
  };
}

/** Cells before a subsystem; -1 where the report does not let us know. A subsystem without a number is the first. */
function cellsBefore(places: PackPlaces, raw: number, { rawMin, rawMax }: NumberField): number {
  const number = raw >= rawMin && raw <= rawMax ? raw : 1;
  return Math.max(places.before(number), number === 1 ? 0 : -1);
}

function readIndex(bytes: Buffer, at: number, field: NumberField, before: number, row: ReportRow): boolean {
  const raw = bytes[at + field.at] ?? 0;
  if (raw < field.rawMin || raw > field.rawMax) {
    row.mark(field.signal, reasonOf(raw, field.size));
    return true;
  }
  if (before < 0) return true;
  row.numbers[field.position] = before + raw;
  return before + raw >= field.min && before + raw <= field.max;
}
