/** Which of Tesla's fields becomes which signal, derived from the catalogue, and how its reading turns into the catalogue's unit. */
import { SIGNAL_NAMES, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import { type Draft, mark, type NumberSignal } from "../../gbt32960/draft.ts";
import type { DecodeOptions } from "../codec.ts";
import type { TeslaReading } from "./reading.ts";
import { KM_PER_MILE, KOHM_PER, KPA_PER } from "./units.ts";

type MotorSignal = "motorTempsC" | "motorControllerTempsC";

const NUMBERS: ReadonlyMap<string, NumberSignal> = numberFields();
/** Front motor first; a car has one rear motor or two. */
const MOTORS: Readonly<Record<string, { readonly signal: MotorSignal; readonly index: number }>> = {
  ...motorFields("DiStatorTemp", "motorTempsC"),
  ...motorFields("DiInverterT", "motorControllerTempsC"),
};
/**
 * Fields that say a signal where its own field does not: the level the driver sees, the temperature of an inverter's heatsink, and the power
 * of a charge with alternating current, of which one kind flows at a time. They stay extras under their own names beside that.
 */
const STAND_INS: Readonly<Record<string, NumberSignal>> = { BatteryLevel: "socPct", ACChargingPower: "chargePowerKw" };
const MOTOR_STAND_INS: typeof MOTORS = motorFields("DiHeatsinkT", "motorControllerTempsC");
const CHARGE_STATES: Readonly<Record<string, SignalValues["chargeState"]>> = {
  Disconnected: "not_charging",
  NoPower: "not_charging",
  Starting: "not_charging",
  Charging: "parked_charging",
  Complete: "complete",
  Stopped: "not_charging",
};
const GEARS: Readonly<Record<string, SignalValues["gear"]>> = { P: "P", R: "R", N: "N", D: "D" };

/** States kept as their number; the named ones are faults. */
const BMS_STATES = ["Unknown", "Standby", "Drive", "Support", "Charge", "FEIM", "ClearFault", "Fault", "Weld", "Test", "SNA"] as const;
const INVERTER_STATES = ["Unknown", "Unavailable", "Standby", "Fault", "Abort", "Enable"] as const;
const HVIL_STATES = ["Unknown", "Fault", "OK"] as const;
const STATES: Readonly<Record<string, readonly string[]>> = {
  BMSState: BMS_STATES,
  Hvil: HVIL_STATES,
  ...Object.fromEntries(["R", "F", "REL", "RER"].map((place) => [`DiState${place}`, INVERTER_STATES])),
};
const FAULT_STATES = new Set(["Fault", "Weld"]);
/** Names of enum values carry the enum's name in front; the text form does not. */
const ENUM_PREFIX = /^(DetailedChargeState|ShiftState|BMSState|DriveInverterState|HvilStatus)/;

function numberFields(): ReadonlyMap<string, NumberSignal> {
  const fields = new Map<string, NumberSignal>();
  for (const signal of SIGNAL_NAMES) {
    const { tesla } = signalDefinition(signal).carriedBy;
    if (tesla !== undefined && tesla !== "Location" && isNumberSignal(signal)) fields.set(tesla, signal);
  }
  return fields;
}

function isNumberSignal(signal: (typeof SIGNAL_NAMES)[number]): signal is NumberSignal {
  return !["enum", "bool", "float32[]"].includes(signalDefinition(signal).kind);
}

function motorFields(prefix: string, signal: MotorSignal) {
  const places = { F: 0, R: 1, REL: 1, RER: 2 };
  return Object.fromEntries(Object.entries(places).map(([place, index]) => [`${prefix}${place}`, { signal, index }]));
}

/** Puts a field's reading into the draft: as a signal, as a trouble code where it is a fault, or as an extra under its name. */
export function setField(draft: Draft, field: string, reading: TeslaReading, options: DecodeOptions = {}): void {
  if (field === "Location") setLocation(draft, reading);
  else if (field === "DetailedChargeState") setState(draft, "chargeState", CHARGE_STATES[nameOf(reading)]);
  else if (field === "Gear") setState(draft, "gear", GEARS[nameOf(reading)]);
  else if (Object.hasOwn(MOTORS, field)) setMotor(draft, field, reading);
  else if (Object.hasOwn(STATES, field)) setFault(draft, field, reading);
  else setNumber(draft, field, reading, options);
}

/** Says what is still missing when all fields of the record have been put into the draft. */
export function setStandIn(draft: Draft, field: string, reading: TeslaReading): void {
  if (reading.kind !== "number") return;
  const signal = Object.hasOwn(STAND_INS, field) ? STAND_INS[field] : undefined;
  if (signal !== undefined && isMissing(draft, signal)) know(draft, signal, reading.number);
  const place = Object.hasOwn(MOTOR_STAND_INS, field) ? MOTOR_STAND_INS[field] : undefined;
  if (place !== undefined && (draft.values[place.signal]?.[place.index] ?? null) === null) setMotorAt(draft, place, reading.number);
}

/** No power is none of this kind, which says nothing of the other. */
function isMissing({ values }: Draft, signal: NumberSignal): boolean {
  return values[signal] === undefined || (signal === "chargePowerKw" && values[signal] === 0);
}

/** What is known has no mark that says why it is not. */
function know(draft: Draft, signal: NumberSignal, number: number): void {
  draft.values[signal] = number;
  const known = draft.quality.findIndex((one) => one.signal === signal);
  if (known >= 0) draft.quality.splice(known, 1);
}

function nameOf(reading: TeslaReading): string {
  return reading.kind === "text" ? reading.text.replace(ENUM_PREFIX, "") : "";
}

function setState<S extends "chargeState" | "gear">(draft: Draft, signal: S, state: SignalValues[S]): void {
  if (state === undefined) mark(draft, signal, "invalid");
  else draft.values[signal] = state;
}

function setLocation(draft: Draft, reading: TeslaReading): void {
  if (reading.kind === "location") {
    draft.values.latitudeDeg = reading.latitude;
    draft.values.longitudeDeg = reading.longitude;
    return;
  }
  mark(draft, "latitudeDeg", "invalid");
  mark(draft, "longitudeDeg", "invalid");
}

function setMotor(draft: Draft, field: string, reading: TeslaReading): void {
  const place = MOTORS[field];
  if (place === undefined) return;
  setMotorAt(draft, place, reading.kind === "number" ? reading.number : null);
  if (reading.kind !== "number") mark(draft, place.signal, "invalid");
}

function setMotorAt(
  draft: Draft,
  { signal, index }: { readonly signal: MotorSignal; readonly index: number },
  number: number | null,
): void {
  const list = [...(draft.values[signal] ?? [])];
  while (list.length <= index) list.push(null);
  list[index] = number;
  draft.values[signal] = list;
}

function setFault(draft: Draft, field: string, reading: TeslaReading): void {
  const states = STATES[field] ?? [];
  const code = reading.kind === "number" ? reading.number : states.indexOf(nameOf(reading));
  const state = states[code];
  if (state === undefined) return;
  draft.extra[field] = code;
  if (FAULT_STATES.has(state)) draft.dtcs.push({ system: "tesla", code: `${field} ${state}`, status: { isActive: true } });
}

function setNumber(draft: Draft, field: string, reading: TeslaReading, options: DecodeOptions): void {
  const signal = NUMBERS.get(field);
  if (signal === undefined) setExtra(draft, field, reading);
  else if (reading.kind !== "number") mark(draft, signal, "invalid");
  else if (signal === "insulationKohm" && options.teslaIsolationUnit === undefined) draft.extra[field] = reading.number;
  else {
    // Adding 0 keeps 0 free of a sign.
    draft.values[signal] = reading.number * factorOf(signal, options) + 0;
  }
}

/** Flags as 0 and 1; texts have nowhere to go. */
function setExtra(draft: Draft, field: string, reading: TeslaReading): void {
  if (reading.kind === "number") draft.extra[field] = reading.number;
  else if (reading.kind === "flag") draft.extra[field] = Number(reading.isOn);
  else if (reading.kind === "flags") for (const [name, isOn] of reading.flags) draft.extra[`${field}.${name}`] = Number(isOn);
}

/** Miles and mph by measurement of others; the sign and the units nobody documents are the platform's to declare. */
function factorOf(signal: NumberSignal, options: DecodeOptions): number {
  switch (signal) {
    case "odometerKm":
    case "speedKmh":
      return KM_PER_MILE;
    case "packCurrentA":
      return (options.teslaCurrentSign ?? "charge") === "charge" ? -1 : 1;
    case "insulationKohm":
      return KOHM_PER[options.teslaIsolationUnit ?? "kohm"];
    case "tyrePressureFlKpa":
    case "tyrePressureFrKpa":
    case "tyrePressureRlKpa":
    case "tyrePressureRrKpa":
      return KPA_PER[options.teslaTyreUnit ?? "bar"];
    default:
      return 1;
  }
}
