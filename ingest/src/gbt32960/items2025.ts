/** Field tables of the information types of GB/T 32960.3-2025, in the order of the standard. */
import {
  blob,
  byte,
  type Codec,
  counted,
  integer,
  item,
  long,
  quantity,
  type ReadingOf,
  row,
  short,
  state,
  struct,
  TEMPERATURE,
  temperature,
  word,
} from "./fields.ts";
import { CONVERTER_STATES, MOTOR_STATES } from "./items2016.ts";
import { COORDINATES, FAULT_CODE, flags, GEAR_2025, POSITION_STATUS, quietList } from "./special.ts";

const PACK_CURRENT = { perUnit: 10, offset: -3000, rawMax: 60_000 };
const CELL_VOLTAGE = { perUnit: 1000, rawMax: 60_000 };

const VEHICLE = struct(
  item(0x01, "vehicle"),
  state("vehicle_state", ["started", "off", "other"]),
  state("charge_state", ["parked_charging", "driving_charging", "not_charging", "complete"]),
  state("run_mode", ["electric", "hybrid", "fuel"]),
  short("speed_kmh", { perUnit: 10, rawMax: 5000 }),
  long("odometer_km", { perUnit: 10, rawMax: 9_999_999 }),
  short("total_voltage_v", { perUnit: 10, rawMax: 60_000 }),
  short("total_current_a", PACK_CURRENT),
  byte("soc_pct", { rawMax: 100 }),
  state("dcdc_state", CONVERTER_STATES),
  row("gear", GEAR_2025),
  short("insulation_kohm", { rawMax: 60_000 }),
);

const DRIVE_MOTOR = struct(
  item(0x02, "drive_motor"),
  counted(
    "count",
    1,
    "motors",
    struct(
      byte("no", { rawMin: 1 }),
      state("state", MOTOR_STATES),
      temperature("controller_temp_c"),
      short("speed_rpm", { offset: -32_000, rawMax: 65_531 }),
      long("torque_nm", { perUnit: 10, offset: -20_000, rawMax: 400_000 }),
      temperature("motor_temp_c"),
    ),
  ),
);

const SENSOR = { rawMin: 1 };
const FUEL_CELL = struct(
  item(0x03, "fuel_cell"),
  short("max_h2_temp_c", { offset: -40, rawMax: 250 }),
  byte("max_h2_temp_probe", SENSOR),
  short("max_h2_concentration_pct", { perUnit: 10_000, rawMax: 60_000 }),
  byte("max_h2_concentration_sensor", SENSOR),
  short("max_h2_pressure_mpa", { perUnit: 10, rawMax: 1000 }),
  byte("max_h2_pressure_sensor", SENSOR),
  state("hv_dcdc_state", CONVERTER_STATES),
  byte("h2_remaining_pct", { rawMax: 100 }),
  temperature("hv_dcdc_controller_temp_c"),
);

const ENGINE = struct(item(0x04, "engine"), short("crankshaft_rpm", { rawMax: 60_000 }));

const POSITION = struct(item(0x05, "position"), POSITION_STATUS, state("coordinate_system", ["wgs84", "gcj02", "other"]), COORDINATES);

const ALARM = struct(
  item(0x06, "alarm"),
  byte("max_level", { rawMax: 4 }),
  flags(2025),
  row("ess_faults", quietList(FAULT_CODE)),
  row("drive_motor_faults", quietList(FAULT_CODE)),
  row("engine_faults", quietList(FAULT_CODE)),
  row("other_faults", quietList(FAULT_CODE)),
  // Levels are kept raw: 255 occurs, and 4 is the highest that means anything.
  row("general_fault_levels", quietList(struct(row("bit", integer(1)), row("level", integer(1))))),
);

const PACK_NUMBER = { rawMin: 1, rawMax: 50 };
const MIN_PARALLEL_UNIT_VOLTAGE = struct(
  item(0x07, "min_parallel_unit_voltage"),
  counted(
    "pack_count",
    1,
    "packs",
    struct(
      byte("pack", PACK_NUMBER),
      short("voltage_v", { perUnit: 10, rawMax: 60_000 }),
      short("current_a", PACK_CURRENT),
      counted("unit_total", 2, "unit_voltages_v", quantity(2, CELL_VOLTAGE)),
    ),
  ),
);

const BATTERY_TEMPERATURE = struct(
  item(0x08, "battery_temperature"),
  counted("pack_count", 1, "packs", struct(byte("pack", PACK_NUMBER), counted("probe_count", 2, "probe_temps_c", TEMPERATURE))),
);

const INLET_PRESSURE = { perUnit: 10, offset: -100, rawMax: 5000 };
const FUEL_CELL_STACK = struct(
  item(0x30, "fuel_cell_stack"),
  counted(
    "stack_count",
    1,
    "stacks",
    struct(
      byte("stack", { rawMin: 1 }),
      short("voltage_v", { perUnit: 10, rawMax: 20_000 }),
      short("current_a", { perUnit: 10, rawMax: 20_000 }),
      short("h2_inlet_pressure_kpa", INLET_PRESSURE),
      short("air_inlet_pressure_kpa", INLET_PRESSURE),
      temperature("air_inlet_temp_c"),
      counted("probe_count", 2, "probe_temps_c", TEMPERATURE),
    ),
  ),
);

const SUPERCAPACITOR = struct(
  item(0x31, "supercapacitor"),
  byte("system", SENSOR),
  short("voltage_v", { perUnit: 10, rawMax: 10_000 }),
  short("current_a", PACK_CURRENT),
  counted("cell_total", 2, "cell_voltages_v", quantity(2, CELL_VOLTAGE)),
  counted("probe_count", 2, "probe_temps_c", TEMPERATURE),
);

const WIDE_NUMBER = { rawMin: 1, rawMax: 65_531 };
const SUPERCAPACITOR_EXTREME = struct(
  item(0x32, "supercapacitor_extreme"),
  byte("max_cell_voltage_system", SENSOR),
  short("max_cell_voltage_cell", WIDE_NUMBER),
  short("max_cell_voltage_v", CELL_VOLTAGE),
  byte("min_cell_voltage_system", SENSOR),
  short("min_cell_voltage_cell", WIDE_NUMBER),
  short("min_cell_voltage_v", CELL_VOLTAGE),
  byte("max_temp_system", SENSOR),
  short("max_temp_probe", WIDE_NUMBER),
  temperature("max_temp_c"),
  byte("min_temp_system", SENSOR),
  short("min_temp_probe", WIDE_NUMBER),
  temperature("min_temp_c"),
);

/** Algorithm onwards: the form a signature has at the end of a report and in an activation. */
export const SIGNATURE_BODY = [
  row("algorithm", word(["sm2", "rsa", "ecc"])),
  blob("r_length", 2, "r_hex"),
  blob("s_length", 2, "s_hex"),
] as const;
const SIGNATURE = struct(item(0xff, "signature"), ...SIGNATURE_BODY);

export type Item2025 =
  | ReadingOf<typeof VEHICLE>
  | ReadingOf<typeof DRIVE_MOTOR>
  | ReadingOf<typeof FUEL_CELL>
  | ReadingOf<typeof ENGINE>
  | ReadingOf<typeof POSITION>
  | ReadingOf<typeof ALARM>
  | ReadingOf<typeof MIN_PARALLEL_UNIT_VOLTAGE>
  | ReadingOf<typeof BATTERY_TEMPERATURE>
  | ReadingOf<typeof FUEL_CELL_STACK>
  | ReadingOf<typeof SUPERCAPACITOR>
  | ReadingOf<typeof SUPERCAPACITOR_EXTREME>
  | ReadingOf<typeof SIGNATURE>;

export const ITEMS_2025: ReadonlyMap<number, Codec<Item2025>> = new Map<number, Codec<Item2025>>([
  [0x01, VEHICLE],
  [0x02, DRIVE_MOTOR],
  [0x03, FUEL_CELL],
  [0x04, ENGINE],
  [0x05, POSITION],
  [0x06, ALARM],
  [0x07, MIN_PARALLEL_UNIT_VOLTAGE],
  [0x08, BATTERY_TEMPERATURE],
  [0x30, FUEL_CELL_STACK],
  [0x31, SUPERCAPACITOR],
  [0x32, SUPERCAPACITOR_EXTREME],
  [0xff, SIGNATURE],
]);
