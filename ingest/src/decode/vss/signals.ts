/** Which VSS path becomes which signal, derived from the catalogue, and how its reading turns into the catalogue's unit. */
import type { QualityReason } from "@bellwether/contracts/sample";
import { SIGNAL_NAMES, type SignalName, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import { type Draft, mark, type NumberSignal } from "../../gbt32960/draft.ts";
import { numberOf } from "../json.ts";
import type { VssRelease } from "./release.ts";

/** A place a path fills: a signal, or one element of a list signal. */
export type Place =
  | { readonly kind: "number"; readonly signal: NumberSignal }
  | { readonly kind: "list"; readonly signal: ListSignal }
  | { readonly kind: "element"; readonly signal: ListSignal; readonly index: number }
  | { readonly kind: "state"; readonly signal: StateSignal };

type ListSignal = { [K in SignalName]-?: SignalValues[K] extends readonly (number | null)[] | undefined ? K : never }[SignalName];
type StateSignal = "vehicleState" | "chargeState" | "gear";

const METRES_PER_KM = 1000;
const MOTOR_BRANCH = "Powertrain.ElectricMotor.";
/** From 6.1 on motors have places. One motor per axle, or two side by side; a car has not both at one axle. */
const MOTOR_PLACES: Readonly<Record<string, number>> = { Front: 0, FrontLeft: 0, FrontRight: 1, Rear: 1, RearLeft: 2, RearRight: 3 };

/** Where VSS counts otherwise than the catalogue. Currents are positive into the battery, cells are counted from 0. */
const CONVERSIONS: Partial<Record<NumberSignal, (reading: number, release: VssRelease) => number>> = {
  packCurrentA: (reading) => 0 - reading,
  auxCurrentA: (reading) => 0 - reading,
  cellVoltageMaxIndex: (reading) => reading + 1,
  cellVoltageMinIndex: (reading) => reading + 1,
  // Metres since 6.0, kilometres before; the numbers alone cannot tell.
  odometerKm: (reading, release) => (release === "6.0" ? reading / METRES_PER_KM : reading),
};

const VEHICLE_STATES: Readonly<Record<string, SignalValues["vehicleState"]>> = {
  ON: "started",
  START: "started",
  OFF: "off",
  LOCK: "off",
  ACC: "other",
};

const PLACES = placesByPath();

/** The place a path fills, or undefined where the catalogue has none for it. */
export function placeOf(path: string): Place | undefined {
  return PLACES.get(path);
}

function placesByPath(): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  // What the display shows wins over what the battery computes; `Current` stands in for it (see vssJson).
  places.set("Powertrain.TractionBattery.StateOfCharge.Current", { kind: "number", signal: "socPct" });
  for (const signal of SIGNAL_NAMES) {
    const { vss } = signalDefinition(signal);
    if (vss === null) continue;
    const place = placeOfSignal(signal);
    if (place === undefined) continue;
    places.set(vss, place);
    if (place.kind !== "list" || !vss.startsWith(MOTOR_BRANCH)) continue;
    const leaf = vss.slice(MOTOR_BRANCH.length);
    for (const [name, index] of Object.entries(MOTOR_PLACES))
      places.set(`${MOTOR_BRANCH}${name}.${leaf}`, { ...place, kind: "element", index });
  }
  return places;
}

function placeOfSignal(signal: SignalName): Place | undefined {
  if (isStateSignal(signal)) return { kind: "state", signal };
  if (isListSignal(signal)) return { kind: "list", signal };
  return isNumberSignal(signal) ? { kind: "number", signal } : undefined;
}

function kindOf(signal: SignalName) {
  return signalDefinition(signal).kind;
}
function isStateSignal(signal: SignalName): signal is StateSignal {
  return signal === "vehicleState" || signal === "chargeState" || signal === "gear";
}
function isListSignal(signal: SignalName): signal is ListSignal {
  return kindOf(signal) === "float32[]";
}
function isNumberSignal(signal: SignalName): signal is NumberSignal {
  return !["enum", "bool", "float32[]"].includes(kindOf(signal));
}

/** Puts a reading into its place; what cannot be read is marked. Null means that the car has no reading. */
export function setReading(draft: Draft, place: Place, reading: unknown, release: VssRelease): void {
  if (reading === null || reading === undefined) return;
  switch (place.kind) {
    case "number":
      setNumber(draft, place.signal, numberOf(reading), release);
      break;
    case "list":
      setList(draft, place.signal, reading);
      break;
    case "element":
      setElement(draft, place.signal, place.index, numberOf(reading));
      break;
    case "state":
      setState(draft, place.signal, reading);
      break;
  }
}

function setNumber(draft: Draft, signal: NumberSignal, number: number | undefined, release: VssRelease): void {
  if (number === undefined) mark(draft, signal, "invalid");
  else draft.values[signal] = CONVERSIONS[signal]?.(number, release) ?? number;
}

/** A scalar is a list of one: VSS has one motor where the catalogue has several. */
function setList(draft: Draft, signal: ListSignal, reading: unknown): void {
  const list: readonly unknown[] = Array.isArray(reading) ? reading : [reading];
  draft.values[signal] = list.map((element) => elementOf(draft, signal, element));
}

function elementOf(draft: Draft, signal: ListSignal, element: unknown): number | null {
  const number = numberOf(element);
  if (number === undefined && element !== null) mark(draft, signal, "invalid");
  return number ?? null;
}

function setElement(draft: Draft, signal: ListSignal, index: number, number: number | undefined): void {
  const list = [...(draft.values[signal] ?? [])];
  while (list.length <= index) list.push(null);
  list[index] = number ?? null;
  draft.values[signal] = list;
  if (number === undefined) mark(draft, signal, "invalid");
}

function setState(draft: Draft, signal: StateSignal, reading: unknown): void {
  const reason = writeState(draft.values, signal, reading);
  if (reason !== null) draft.quality.push({ signal, reason });
}

function writeState(values: SignalValues, signal: StateSignal, reading: unknown): QualityReason | null {
  switch (signal) {
    case "chargeState": {
      const isCharging = booleanOf(reading);
      if (isCharging === undefined) return "invalid";
      // IsCharging speaks of the charger, not of recuperation.
      values.chargeState = isCharging ? "parked_charging" : "not_charging";
      return null;
    }
    case "vehicleState": {
      const state = typeof reading === "string" ? VEHICLE_STATES[reading.toUpperCase()] : undefined;
      if (state === undefined) return "invalid";
      values.vehicleState = state;
      return null;
    }
    case "gear": {
      const gear = gearOf(reading);
      if (gear === undefined) return "out_of_range";
      values.gear = gear;
      return null;
    }
  }
}

/** A boolean, also where the source writes it as text or as 0 and 1. */
export function booleanOf(reading: unknown): boolean | undefined {
  if (typeof reading === "boolean") return reading;
  const text = String(reading).toLowerCase();
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : undefined;
}

const FORWARD_GEARS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"] as const;
const PARK = 126;
const DRIVE = 127;

/** 0 neutral, positive forward, negative reverse, 126 park, 127 drive. */
function gearOf(reading: unknown): SignalValues["gear"] {
  const number = numberOf(reading);
  if (number === undefined || !Number.isInteger(number)) return undefined;
  if (number === PARK) return "P";
  if (number === DRIVE) return "D";
  if (number === 0) return "N";
  return number < 0 ? "R" : FORWARD_GEARS[number - 1];
}
