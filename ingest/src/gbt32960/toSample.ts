/** A decoded report in the catalogue's signals and units. */
import type { Format, Sample } from "@bellwether/contracts/sample";
import type { Vin } from "@bellwether/contracts/vin";
import { setAlarm } from "./alarmSignals.ts";
import { type Draft, isWord, mark, numbersOf, setNumber } from "./draft.ts";
import { COMMANDS, type Header } from "./frame.ts";
import { applyLayout, type MakerLayout } from "./makerLayout.ts";
import { type Places, setCells, setExtremes, setProbes, splitStretches, wholeStretch } from "./packSignals.ts";
import type { ItemNamed, Report, ReportItem } from "./report.ts";
import { MOTOR_NUMBERS, VEHICLE_NUMBERS } from "./signalKeys.ts";
import { GEAR_RESERVED_BITS } from "./special.ts";

/** What the caller has established: the report's identity and times, and how its maker's own items are read. */
export interface Origin {
  readonly vin: Vin;
  readonly format: Format;
  readonly layout?: MakerLayout | undefined;
  readonly eventTimeMs: number;
  readonly receivedTimeMs: number;
}

/**
 * The sample of a report; of items that come twice the last one counts. Bytes nobody could read are counted in
 * `extra.gbt_unread_bytes`, so that a partial report can be told from a whole one.
 */
export function toSample(header: Header, { infos }: Report, origin: Origin): Sample {
  const draft: Draft = { values: {}, quality: [], dtcs: [], extra: {}, cells: [], probes: [] };
  for (const one of infos) applyItem(draft, one, origin.layout);
  const cells = setCells(draft);
  const probes = setProbes(draft);
  applyExtremes(draft, infos, { cells: cells.offsets, probes });
  addUnreadBytes(draft, unreadBytesOf(infos));
  return {
    vin: origin.vin,
    eventTimeMs: origin.eventTimeMs,
    receivedTimeMs: origin.receivedTimeMs,
    format: origin.format,
    isReissue: header.command === COMMANDS.reissue,
    part: cells.part,
    values: draft.values,
    ...(Object.keys(draft.extra).length === 0 ? {} : { extra: draft.extra }),
    dtcs: draft.dtcs,
    quality: draft.quality,
  };
}

function applyItem(draft: Draft, one: ReportItem, layout: MakerLayout | undefined): void {
  switch (one.name) {
    case "vehicle":
      applyVehicle(draft, one);
      break;
    case "drive_motor":
      applyMotors(draft, one);
      break;
    case "position":
      applyPosition(draft, one);
      break;
    case "alarm":
      setAlarm(draft, one);
      break;
    case "engine":
      setNumber(draft, "engineSpeedRpm", one.crankshaft_rpm);
      break;
    case "fuel_cell":
      applyFuelCell(draft, one);
      break;
    case "fuel_cell_stack":
      applyStack(draft, one);
      break;
    case "ess_voltage":
      draft.cells.push(...splitStretches(one));
      break;
    case "min_parallel_unit_voltage":
      for (const { pack, unit_voltages_v } of one.packs) draft.cells.push(wholeStretch(pack, unit_voltages_v));
      break;
    case "ess_temperature":
      for (const { subsystem, probe_temps_c } of one.subsystems) draft.probes.push(wholeStretch(subsystem, probe_temps_c));
      break;
    case "battery_temperature":
      for (const { pack, probe_temps_c } of one.packs) draft.probes.push(wholeStretch(pack, probe_temps_c));
      break;
    case "custom":
      // A length the maker's layout does not know is another layout; its bytes stay unread.
      if (!applyLayout(draft, one, layout) && layout?.items.has(one.type) === true) addUnreadBytes(draft, one.length);
      break;
    default:
      // Extremes wait for the places of the cells; the rest has no signals.
      break;
  }
}

function applyVehicle(draft: Draft, vehicle: ItemNamed<"vehicle">): void {
  const { values } = draft;
  if (isWord(vehicle.vehicle_state)) values.vehicleState = vehicle.vehicle_state;
  else mark(draft, "vehicleState", vehicle.vehicle_state);
  if (isWord(vehicle.charge_state)) values.chargeState = vehicle.charge_state;
  else mark(draft, "chargeState", vehicle.charge_state);
  if (isWord(vehicle.run_mode)) values.runMode = vehicle.run_mode;
  else mark(draft, "runMode", vehicle.run_mode);
  if (isWord(vehicle.dcdc_state)) values.dcdcState = vehicle.dcdc_state;
  else mark(draft, "dcdcState", vehicle.dcdc_state);
  for (const [key, signal] of VEHICLE_NUMBERS) setNumber(draft, signal, vehicle[key]);
  applyGear(draft, vehicle.gear);
  if ("accelerator_pct" in vehicle) applyPedals(draft, vehicle);
}

/** The byte has no sentinel; reserved bits that are set (a byte filled with FF, or "not valid" in 2025) are taken for one. */
function applyGear({ values, quality }: Draft, gear: ItemNamed<"vehicle">["gear"]): void {
  if ((gear.raw & GEAR_RESERVED_BITS) !== 0) {
    quality.push({ signal: "gear", reason: "invalid" });
    return;
  }
  values.gear = gear.gear;
  values.brakeOn = gear.braking_force;
}

function applyPedals(draft: Draft, { accelerator_pct, brake_pct }: Extract<ItemNamed<"vehicle">, { readonly brake_pct: unknown }>): void {
  setNumber(draft, "acceleratorPct", accelerator_pct);
  if (brake_pct === "on_no_travel") draft.values.brakeOn = true;
  else setNumber(draft, "brakePct", brake_pct);
}

function applyMotors(draft: Draft, { motors }: ItemNamed<"drive_motor">): void {
  if (motors.length === 0) return;
  const { values } = draft;
  for (const [key, signal] of MOTOR_NUMBERS) {
    values[signal] = numbersOf(
      draft,
      signal,
      motors.map((motor) => motor[key]),
    );
  }
}

/** Without a fix the last position is repeated, which is not where the car is. */
function applyPosition(draft: Draft, position: ItemNamed<"position">): void {
  setNumber(draft, "longitudeDeg", position.fix_valid ? position.longitude_deg : "invalid");
  setNumber(draft, "latitudeDeg", position.fix_valid ? position.latitude_deg : "invalid");
}

const KPA_PER_MPA = 1000;

function applyFuelCell(draft: Draft, fuelCell: ItemNamed<"fuel_cell">): void {
  if ("voltage_v" in fuelCell) {
    setNumber(draft, "fuelCellVoltageV", fuelCell.voltage_v);
    setNumber(draft, "fuelCellCurrentA", fuelCell.current_a);
  }
  setNumber(draft, "hydrogenTempMaxC", fuelCell.max_h2_temp_c);
  setNumber(draft, "hydrogenPressureMaxKpa", fuelCell.max_h2_pressure_mpa, KPA_PER_MPA);
}

/** The catalogue knows one fuel cell: the first stack. */
function applyStack(draft: Draft, { stacks: [stack] }: ItemNamed<"fuel_cell_stack">): void {
  if (stack === undefined) return;
  setNumber(draft, "fuelCellVoltageV", stack.voltage_v);
  setNumber(draft, "fuelCellCurrentA", stack.current_a);
}

function applyExtremes(draft: Draft, infos: readonly ReportItem[], places: Places): void {
  for (const one of infos) if (one.name === "extreme") setExtremes(draft, one, places);
}

function addUnreadBytes({ extra }: Draft, bytes: number): void {
  if (bytes > 0) extra["gbt_unread_bytes"] = (extra["gbt_unread_bytes"] ?? 0) + bytes;
}

function unreadBytesOf(infos: readonly ReportItem[]): number {
  const last = infos.at(-1);
  return last !== undefined && "rest_hex" in last ? last.rest_hex.length / 2 : 0;
}
