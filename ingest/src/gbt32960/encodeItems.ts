/** One function per report item: the catalogue's signals in, the item's readings out, null when no signal is there. */
import type { SignalName, SignalValues } from "@bellwether/contracts/signals";
import type { Quantity } from "./fields.ts";
import type { Edition } from "./frame.ts";
import type { ReportItem } from "./report.ts";
import { gearReading, STATUS_BITS } from "./special.ts";

type Values = Readonly<SignalValues>;

/** What is not known is sent as "invalid". */
export function sent(value: number | null | undefined): Quantity {
  return value ?? "invalid";
}

function hasAny(values: Values, names: readonly SignalName[]): boolean {
  return names.some((name) => values[name] !== undefined);
}

const VEHICLE_SIGNALS = [
  "vehicleState",
  "chargeState",
  "runMode",
  "gear",
  "speedKmh",
  "odometerKm",
  "packVoltageV",
  "packCurrentA",
  "socPct",
  "dcdcState",
  "insulationKohm",
  "acceleratorPct",
  "brakePct",
  "brakeOn",
] as const;

export function vehicleItem(edition: Edition, values: Values): ReportItem | null {
  if (!hasAny(values, VEHICLE_SIGNALS)) return null;
  const shared = {
    type: 0x01,
    name: "vehicle",
    vehicle_state: values.vehicleState ?? "invalid",
    charge_state: values.chargeState ?? "invalid",
    run_mode: values.runMode ?? "invalid",
    speed_kmh: sent(values.speedKmh),
    odometer_km: sent(values.odometerKm),
    total_voltage_v: sent(values.packVoltageV),
    total_current_a: sent(values.packCurrentA),
    soc_pct: sent(values.socPct),
    dcdc_state: values.dcdcState ?? "invalid",
    gear: gearReading(edition, { gear: values.gear, isBraking: values.brakeOn === true }),
    insulation_kohm: sent(values.insulationKohm),
  } as const;
  if (edition === 2025) return shared;
  return { ...shared, accelerator_pct: sent(values.acceleratorPct), brake_pct: brakeReading(values) };
}

function brakeReading(values: Values): Quantity | "on_no_travel" {
  return values.brakePct === undefined && values.brakeOn === true ? "on_no_travel" : sent(values.brakePct);
}

const MOTOR_SIGNALS = ["motorControllerTempsC", "motorTempsC", "motorSpeedsRpm", "motorTorquesNm"] as const;

/** The state of a motor is told from the sign of its torque against its speed, as the catalogue has no signal for it. */
export function motorItem(edition: Edition, values: Values): ReportItem | null {
  const motorCount = Math.max(...MOTOR_SIGNALS.map((name) => values[name]?.length ?? 0));
  if (motorCount === 0) return null;
  const motors = Array.from({ length: motorCount }, (_, i) => motorReading(values, i));
  if (edition === 2025) return { type: 0x02, name: "drive_motor", count: motorCount, motors };
  const electrical = {
    controller_voltage_v: sent(values.packVoltageV),
    dc_bus_current_a: sent(motorCount === 1 ? values.packCurrentA : null),
  };
  return { type: 0x02, name: "drive_motor", count: motorCount, motors: motors.map((motor) => ({ ...motor, ...electrical })) };
}

function motorReading(values: Values, i: number) {
  const torque = values.motorTorquesNm?.[i];
  const speed = values.motorSpeedsRpm?.[i];
  return {
    no: i + 1,
    state: motorState(torque, speed),
    controller_temp_c: sent(values.motorControllerTempsC?.[i]),
    speed_rpm: sent(speed),
    torque_nm: sent(torque),
    motor_temp_c: sent(values.motorTempsC?.[i]),
  } as const;
}

function motorState(torque: number | null | undefined, speed: number | null | undefined) {
  if (torque === null || torque === undefined || speed === null || speed === undefined) return "invalid";
  if (torque === 0) return speed === 0 ? "off" : "ready";
  return torque * speed < 0 ? "generating" : "consuming";
}

export function hydrogenItem(edition: Edition, values: Values): ReportItem | null {
  const hydrogen = {
    type: 0x03,
    name: "fuel_cell",
    max_h2_temp_c: sent(values.hydrogenTempMaxC),
    max_h2_temp_probe: "invalid",
    max_h2_concentration_sensor: "invalid",
    max_h2_pressure_mpa: values.hydrogenPressureMaxKpa === undefined ? "invalid" : values.hydrogenPressureMaxKpa / 1000,
    max_h2_pressure_sensor: "invalid",
    hv_dcdc_state: "invalid",
  } as const;
  if (edition === 2025) {
    if (!hasAny(values, ["hydrogenTempMaxC", "hydrogenPressureMaxKpa"])) return null;
    return { ...hydrogen, max_h2_concentration_pct: "invalid", h2_remaining_pct: "invalid", hv_dcdc_controller_temp_c: "invalid" };
  }
  if (!hasAny(values, ["fuelCellVoltageV", "fuelCellCurrentA", "hydrogenTempMaxC", "hydrogenPressureMaxKpa"])) return null;
  return {
    ...hydrogen,
    voltage_v: sent(values.fuelCellVoltageV),
    current_a: sent(values.fuelCellCurrentA),
    consumption_kg_per_100km: "invalid",
    probe_count: 0,
    probe_temps_c: [],
    max_h2_concentration_mg_per_kg: "invalid",
  };
}

/** Fuel-cell stacks are an item of their own in the 2025 edition; one stack. */
export function stackItem(values: Values): ReportItem | null {
  if (!hasAny(values, ["fuelCellVoltageV", "fuelCellCurrentA"])) return null;
  const stack = {
    stack: 1,
    voltage_v: sent(values.fuelCellVoltageV),
    current_a: sent(values.fuelCellCurrentA),
    h2_inlet_pressure_kpa: "invalid",
    air_inlet_pressure_kpa: "invalid",
    air_inlet_temp_c: "invalid",
    probe_count: 0,
    probe_temps_c: [],
  } as const;
  return { type: 0x30, name: "fuel_cell_stack", stack_count: 1, stacks: [stack] };
}

export function engineItem(edition: Edition, values: Values): ReportItem | null {
  const speed = values.engineSpeedRpm;
  if (speed === undefined) return null;
  const engine = { type: 0x04, name: "engine", crankshaft_rpm: speed } as const;
  return edition === 2025 ? engine : { ...engine, state: speed > 0 ? "started" : "off", consumption_l_per_100km: "invalid" };
}

/** Both coordinates must be there. */
export function positionItem(edition: Edition, values: Values): ReportItem | null {
  const { longitudeDeg, latitudeDeg } = values;
  if (longitudeDeg === undefined || latitudeDeg === undefined) return null;
  const status = (latitudeDeg < 0 ? STATUS_BITS.south : 0) | (longitudeDeg < 0 ? STATUS_BITS.west : 0);
  const position = {
    type: 0x05,
    name: "position",
    status_raw: status,
    fix_valid: true,
    longitude_deg: longitudeDeg,
    latitude_deg: latitudeDeg,
  } as const;
  return edition === 2025 ? { ...position, coordinate_system: "wgs84" } : position;
}

const EXTREME_SIGNALS = [
  "cellVoltageMaxV",
  "cellVoltageMinV",
  "probeTempMaxC",
  "probeTempMinC",
  "cellVoltageMaxIndex",
  "cellVoltageMinIndex",
  "probeTempMaxIndex",
  "probeTempMinIndex",
] as const;

/** Cell numbers above 250 do not fit and are sent as "abnormal". */
export function extremeItem(values: Values): ReportItem | null {
  if (!hasAny(values, EXTREME_SIGNALS)) return null;
  return {
    type: 0x06,
    name: "extreme",
    max_cell_voltage_subsystem: 1,
    max_cell_voltage_cell: sent(values.cellVoltageMaxIndex),
    max_cell_voltage_v: sent(values.cellVoltageMaxV),
    min_cell_voltage_subsystem: 1,
    min_cell_voltage_cell: sent(values.cellVoltageMinIndex),
    min_cell_voltage_v: sent(values.cellVoltageMinV),
    max_temp_subsystem: 1,
    max_temp_probe: sent(values.probeTempMaxIndex),
    max_temp_c: sent(values.probeTempMaxC),
    min_temp_subsystem: 1,
    min_temp_probe: sent(values.probeTempMinIndex),
    min_temp_c: sent(values.probeTempMinC),
  };
}
