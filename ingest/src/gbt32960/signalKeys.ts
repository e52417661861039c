/** Which fields of the items are which signals, in the order in which both decoders set them. */
import type { NumberSignal } from "./draft.ts";

export const VEHICLE_NUMBERS = [
  ["speed_kmh", "speedKmh"],
  ["odometer_km", "odometerKm"],
  ["total_voltage_v", "packVoltageV"],
  ["total_current_a", "packCurrentA"],
  ["soc_pct", "socPct"],
  ["insulation_kohm", "insulationKohm"],
] as const satisfies readonly (readonly [string, NumberSignal])[];

/** 2016 only. */
export const PEDAL_NUMBERS = [
  ["accelerator_pct", "acceleratorPct"],
  ["brake_pct", "brakePct"],
] as const satisfies readonly (readonly [string, NumberSignal])[];

/** One list per signal. */
export const MOTOR_NUMBERS = [
  ["controller_temp_c", "motorControllerTempsC"],
  ["motor_temp_c", "motorTempsC"],
  ["speed_rpm", "motorSpeedsRpm"],
  ["torque_nm", "motorTorquesNm"],
] as const;

export const EXTREME_NUMBERS = [
  ["max_cell_voltage_v", "cellVoltageMaxV"],
  ["min_cell_voltage_v", "cellVoltageMinV"],
  ["max_temp_c", "probeTempMaxC"],
  ["min_temp_c", "probeTempMinC"],
] as const satisfies readonly (readonly [string, NumberSignal])[];

/** Number within a subsystem, the subsystem, the signal (the number counted over the whole pack), and what is counted. */
export const EXTREME_INDEXES = [
  ["max_cell_voltage_cell", "max_cell_voltage_subsystem", "cellVoltageMaxIndex", "cells"],
  ["min_cell_voltage_cell", "min_cell_voltage_subsystem", "cellVoltageMinIndex", "cells"],
  ["max_temp_probe", "max_temp_subsystem", "probeTempMaxIndex", "probes"],
  ["min_temp_probe", "min_temp_subsystem", "probeTempMinIndex", "probes"],
] as const satisfies readonly (readonly [string, string, NumberSignal, "cells" | "probes"])[];
