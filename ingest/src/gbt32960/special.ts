/** Rows of the report items that are more than a number or a named code. */
import type { Cursor } from "./bytes.ts";
import { type Codec, count, integer, type Quantity, quantity, type Row, readList, type Sentinel } from "./fields.ts";

export const NEUTRAL_TO_P = ["N", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "R", "D", "P"] as const;
export type GearName = (typeof NEUTRAL_TO_P)[number];

export interface GearReading {
  readonly raw: number;
  readonly gear: GearName;
  readonly driving_force: boolean;
  readonly braking_force: boolean;
  /** 2025 only: bit 7 clear. */
  readonly valid?: boolean;
}

/** Bits 6 and 7 are zero in 2016; bit 7 says "not valid" in 2025. */
export const GEAR_RESERVED_BITS = 0xc0;
export const GEAR_BITS = { braking: 0x10, driving: 0x20, notValid: 0x80 } as const;

/** The gear byte for what is known; without a gear it says neutral, and in the 2025 edition "not valid". */
export function gearReading(edition: 2016 | 2025, known: { gear: GearName | undefined; isBraking: boolean }): GearReading {
  const code = known.gear === undefined ? 0 : NEUTRAL_TO_P.indexOf(known.gear);
  const notValid = edition === 2025 && known.gear === undefined ? GEAR_BITS.notValid : 0;
  return gearOf(code | notValid | (known.isBraking ? GEAR_BITS.braking : 0));
}

function gearOf(raw: number): GearReading {
  return {
    raw,
    gear: NEUTRAL_TO_P[raw & 0x0f] ?? "N",
    driving_force: (raw & GEAR_BITS.driving) !== 0,
    braking_force: (raw & GEAR_BITS.braking) !== 0,
  };
}

const BYTE_FORM = { kind: "integer", size: 1 } as const;

export const GEAR_2016: Codec<GearReading> = {
  form: BYTE_FORM,
  read: (cursor) => gearOf(cursor.uint(1)),
  write: (writer, reading) => writer.uint(reading.raw, 1),
};

export const GEAR_2025: Codec<GearReading> = {
  form: BYTE_FORM,
  read(cursor) {
    const reading = gearOf(cursor.uint(1));
    return { ...reading, valid: (reading.raw & GEAR_BITS.notValid) === 0 };
  },
  write: (writer, reading) => writer.uint(reading.raw, 1),
};

export const BRAKING_WITHOUT_TRAVEL = 101;
const PEDAL = quantity(1, { rawMax: 100 });

/** Brake travel in percent; raw 101 says that the brake is applied without saying how far. */
export const BRAKE: Codec<Quantity | "on_no_travel"> = {
  ...(PEDAL.form === undefined ? {} : { form: PEDAL.form }),
  read(cursor) {
    const reading = PEDAL.read(cursor);
    return typeof reading === "object" && reading.out_of_range_raw === BRAKING_WITHOUT_TRAVEL ? "on_no_travel" : reading;
  },
  write(writer, reading) {
    PEDAL.write(writer, reading === "on_no_travel" ? { out_of_range_raw: BRAKING_WITHOUT_TRAVEL } : reading);
  },
};

export interface StatusReading {
  readonly status_raw: number;
  /** Bit 0 is CLEAR when the fix is valid; without a fix the last valid position is repeated. */
  readonly fix_valid: boolean;
}

/** Status byte of the position item; the signs of the coordinates hang on it. */
export const POSITION_STATUS: Row<StatusReading> = {
  read(cursor, into) {
    const raw = cursor.uint(1);
    into["status_raw"] = raw;
    into["fix_valid"] = (raw & 1) === 0;
  },
  write: (writer, from) => writer.uint(from.status_raw, 1),
};

export interface Coordinates extends StatusReading {
  readonly longitude_deg: Quantity;
  readonly latitude_deg: Quantity;
}

export const STATUS_BITS = { noFix: 1, south: 2, west: 4 } as const;
const MICRODEGREES = quantity(4, { perUnit: 1_000_000 });

/** Longitude comes first. Both are absolute; south and west are bits of the status byte read before. */
export const COORDINATES: Row<Coordinates> = {
  read(cursor, into) {
    const status = Number(into["status_raw"]);
    into["longitude_deg"] = signed(MICRODEGREES.read(cursor), (status & STATUS_BITS.west) !== 0);
    into["latitude_deg"] = signed(MICRODEGREES.read(cursor), (status & STATUS_BITS.south) !== 0);
  },
  write(writer, from) {
    MICRODEGREES.write(writer, signed(from.longitude_deg, (from.status_raw & STATUS_BITS.west) !== 0));
    MICRODEGREES.write(writer, signed(from.latitude_deg, (from.status_raw & STATUS_BITS.south) !== 0));
  },
};

/** Flips the sign where asked, keeping 0 free of a sign. */
function signed(reading: Quantity, isNegative: boolean): Quantity {
  return isNegative && typeof reading === "number" && reading !== 0 ? -reading : reading;
}

/** Names of the general alarm flags, bit 0 first; 19 and above are in the 2025 edition only. */
export const FLAG_NAMES = [
  "temperature_difference",
  "battery_high_temperature",
  "storage_device_over_voltage",
  "storage_device_under_voltage",
  "soc_low",
  "cell_over_voltage",
  "cell_under_voltage",
  "soc_too_high",
  "soc_jump",
  "rechargeable_system_mismatch",
  "poor_cell_consistency",
  "insulation",
  "dcdc_temperature",
  "brake_system",
  "dcdc_state",
  "drive_motor_controller_temperature",
  "high_voltage_interlock",
  "drive_motor_temperature",
  "storage_device_over_charge",
  "motor_over_speed",
  "motor_over_current",
  "supercapacitor_over_temperature",
  "supercapacitor_over_voltage",
  "battery_thermal_event",
  "hydrogen_leak",
  "hydrogen_pressure",
  "hydrogen_temperature",
  "stack_over_temperature",
] as const;
export type FlagName = (typeof FLAG_NAMES)[number];

export const FLAG_COUNT = { 2016: 19, 2025: FLAG_NAMES.length } as const;

export interface FlagsReading {
  readonly general_flags_raw: number;
  readonly general_flags: readonly FlagName[];
}

/** The flag DWORD as it stands and the names of its set bits; reserved bits have no name. */
export function flags(edition: 2016 | 2025): Row<FlagsReading> {
  const names = FLAG_NAMES.slice(0, FLAG_COUNT[edition]);
  return {
    read(cursor, into) {
      const raw = cursor.uint(4);
      into["general_flags_raw"] = raw;
      into["general_flags"] = raw === 0 ? [] : names.filter((_, bit) => ((raw >>> bit) & 1) === 1);
    },
    write: (writer, from) => writer.uint(from.general_flags_raw, 4),
  };
}

/** Entries behind a BYTE count that is not printed; a sentinel count is printed in place of the list. */
export function quietList<T>(entry: Codec<T>): Codec<readonly T[] | Sentinel> {
  const counter = count(1);
  return {
    read(cursor: Cursor) {
      const entries = counter.read(cursor);
      return typeof entries === "number" ? readList(cursor, entries, entry) : entries;
    },
    write(writer, reading) {
      counter.write(writer, typeof reading === "string" ? reading : reading.length);
      for (const one of entriesOf(reading)) entry.write(writer, one);
    },
  };
}

function entriesOf<T>(reading: readonly T[] | Sentinel): readonly T[] {
  return typeof reading === "string" ? [] : reading;
}

const DWORD = integer(4);

/** A fault word: maker-defined, so 8 hex digits rather than a number. */
export const FAULT_CODE: Codec<string> = {
  read: (cursor) => DWORD.read(cursor).toString(16).toUpperCase().padStart(8, "0"),
  write: (writer, reading) => DWORD.write(writer, Number.parseInt(reading, 16)),
};
