/** Field tables of the information types of GB/T 32960.3-2016, in the order of the standard. */
import {
  byte,
  type Codec,
  counted,
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
} from "./fields.ts";
import { BRAKE, COORDINATES, FAULT_CODE, flags, GEAR_2016, POSITION_STATUS, quietList } from "./special.ts";

export const MOTOR_STATES = ["consuming", "generating", "off", "ready"] as const;
export const CONVERTER_STATES = ["working", "disconnected"] as const;

const VEHICLE = struct(
  item(0x01, "vehicle"),
  state("vehicle_state", ["started", "off", "other"]),
  state("charge_state", ["parked_charging", "driving_charging", "not_charging", "complete"]),
  state("run_mode", ["electric", "hybrid", "fuel"]),
  short("speed_kmh", { perUnit: 10, rawMax: 2200 }),
  long("odometer_km", { perUnit: 10, rawMax: 9_999_999 }),
  short("total_voltage_v", { perUnit: 10, rawMax: 10_000 }),
  short("total_current_a", { perUnit: 10, offset: -1000, rawMax: 20_000 }),
  byte("soc_pct", { rawMax: 100 }),
  state("dcdc_state", CONVERTER_STATES),
  row("gear", GEAR_2016),
  short("insulation_kohm", { rawMax: 60_000 }),
  byte("accelerator_pct", { rawMax: 100 }),
  row("brake_pct", BRAKE),
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
      short("speed_rpm", { offset: -20_000, rawMax: 65_531 }),
      short("torque_nm", { perUnit: 10, offset: -2000, rawMax: 65_531 }),
      temperature("motor_temp_c"),
      short("controller_voltage_v", { perUnit: 10, rawMax: 60_000 }),
      short("dc_bus_current_a", { perUnit: 10, offset: -1000, rawMax: 20_000 }),
    ),
  ),
);

const FUEL_CELL = struct(
  item(0x03, "fuel_cell"),
  short("voltage_v", { perUnit: 10, rawMax: 20_000 }),
  short("current_a", { perUnit: 10, rawMax: 20_000 }),
  short("consumption_kg_per_100km", { perUnit: 100, rawMax: 60_000 }),
  counted("probe_count", 2, "probe_temps_c", quantity(1, { offset: -40, rawMax: 240 })),
  short("max_h2_temp_c", { perUnit: 10, offset: -40, rawMax: 2400 }),
  byte("max_h2_temp_probe", { rawMin: 1, rawMax: 252 }),
  short("max_h2_concentration_mg_per_kg", { rawMax: 60_000 }),
  byte("max_h2_concentration_sensor", { rawMin: 1, rawMax: 252 }),
  short("max_h2_pressure_mpa", { perUnit: 10, rawMax: 1000 }),
  byte("max_h2_pressure_sensor", { rawMin: 1, rawMax: 252 }),
  state("hv_dcdc_state", CONVERTER_STATES),
);

const ENGINE = struct(
  item(0x04, "engine"),
  state("state", ["started", "off"]),
  short("crankshaft_rpm", { rawMax: 60_000 }),
  short("consumption_l_per_100km", { perUnit: 100, rawMax: 60_000 }),
);

const POSITION = struct(item(0x05, "position"), POSITION_STATUS, COORDINATES);

const NUMBER = { rawMin: 1, rawMax: 250 };
const EXTREME = struct(
  item(0x06, "extreme"),
  byte("max_cell_voltage_subsystem", NUMBER),
  byte("max_cell_voltage_cell", NUMBER),
  short("max_cell_voltage_v", { perUnit: 1000, rawMax: 15_000 }),
  byte("min_cell_voltage_subsystem", NUMBER),
  byte("min_cell_voltage_cell", NUMBER),
  short("min_cell_voltage_v", { perUnit: 1000, rawMax: 15_000 }),
  byte("max_temp_subsystem", NUMBER),
  byte("max_temp_probe", NUMBER),
  temperature("max_temp_c"),
  byte("min_temp_subsystem", NUMBER),
  byte("min_temp_probe", NUMBER),
  temperature("min_temp_c"),
);

const ALARM = struct(
  item(0x07, "alarm"),
  byte("max_level", { rawMax: 3 }),
  flags(2016),
  row("ess_faults", quietList(FAULT_CODE)),
  row("drive_motor_faults", quietList(FAULT_CODE)),
  row("engine_faults", quietList(FAULT_CODE)),
  row("other_faults", quietList(FAULT_CODE)),
);

const CELLS_OF_PACK = { rawMin: 1, rawMax: 65_531 };
const ESS_VOLTAGE = struct(
  item(0x08, "ess_voltage"),
  counted(
    "subsystem_count",
    1,
    "subsystems",
    struct(
      byte("subsystem", NUMBER),
      short("voltage_v", { perUnit: 10, rawMax: 10_000 }),
      short("current_a", { perUnit: 10, offset: -1000, rawMax: 20_000 }),
      short("cell_total", CELLS_OF_PACK),
      short("frame_start_cell", CELLS_OF_PACK),
      counted("frame_cell_count", 1, "cell_voltages_v", quantity(2, { perUnit: 1000, rawMax: 60_000 })),
    ),
  ),
);

const ESS_TEMPERATURE = struct(
  item(0x09, "ess_temperature"),
  counted("subsystem_count", 1, "subsystems", struct(byte("subsystem", NUMBER), counted("probe_count", 2, "probe_temps_c", TEMPERATURE))),
);

export type Item2016 =
  | ReadingOf<typeof VEHICLE>
  | ReadingOf<typeof DRIVE_MOTOR>
  | ReadingOf<typeof FUEL_CELL>
  | ReadingOf<typeof ENGINE>
  | ReadingOf<typeof POSITION>
  | ReadingOf<typeof EXTREME>
  | ReadingOf<typeof ALARM>
  | ReadingOf<typeof ESS_VOLTAGE>
  | ReadingOf<typeof ESS_TEMPERATURE>;

export const ITEMS_2016: ReadonlyMap<number, Codec<Item2016>> = new Map<number, Codec<Item2016>>([
  [0x01, VEHICLE],
  [0x02, DRIVE_MOTOR],
  [0x03, FUEL_CELL],
  [0x04, ENGINE],
  [0x05, POSITION],
  [0x06, EXTREME],
  [0x07, ALARM],
  [0x08, ESS_VOLTAGE],
  [0x09, ESS_TEMPERATURE],
]);
