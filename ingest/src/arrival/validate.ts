import type { QualityMark, QualityReason, Rejection, Sample } from "@bellwether/contracts/sample";
import { SIGNAL_NAMES, type SignalDefinition, type SignalName, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import { parseVin, type Vin } from "@bellwether/contracts/vin";

export interface TimeLimits {
  /** When the record was written to the log, ms since 1970 UTC: the same in every run over it, unlike a clock. */
  readonly nowMs: number;
  readonly futureMaxMs: number;
  /** Absent: any age is accepted. */
  readonly ageMaxMs?: number | undefined;
}

/** Signals whose value is a list of numbers. */
type ListSignalName = { [K in SignalName]: SignalValues[K] extends readonly (number | null)[] | undefined ? K : never }[SignalName];

interface Limits {
  readonly min: number;
  readonly max: number;
}

interface ScalarCheck {
  readonly name: SignalName;
  readonly min: number;
  readonly max: number;
  readonly isCell: boolean;
  readonly isWhole: boolean;
}

/** No telematics box existed before; earlier times are clocks that were never set (1970, 2000). */
const EARLIEST_MS = Date.UTC(2010, 0, 1);
/** Keeps nonsense out of the partitions where the future check is switched off. */
const LATEST_MS = Date.UTC(2100, 0, 1);
const WHOLE_NUMBERS: Readonly<Record<string, number>> = { uint8: 2 ** 8 - 1, uint16: 2 ** 16 - 1, uint32: 2 ** 32 - 1 };
const FLOAT32_MAX = 3.4e38;

const CELL_SIGNALS: ReadonlySet<SignalName> = new Set<SignalName>(["cellVoltageMaxV", "cellVoltageMinV", "cellVoltagesV"]);

const SCALAR_CHECKS: readonly ScalarCheck[] = SIGNAL_NAMES.filter(isNumberSignal).map((name) => ({
  name,
  ...plausibleRange(name),
  isCell: CELL_SIGNALS.has(name),
  isWhole: signalDefinition(name).kind in WHOLE_NUMBERS,
}));
const LIST_CHECKS = SIGNAL_NAMES.filter(isListSignal).map((name) => ({
  name,
  ...plausibleRange(name),
  isCell: CELL_SIGNALS.has(name),
}));

/**
 * Whether the identity in the payload is the one the transport vouches for: the VIN must equal the message key.
 * Returns undefined when it does, or when the key is absent and may be.
 */
export function checkKey(key: Buffer | null, vin: Vin, { isKeyRequired }: { isKeyRequired: boolean }): Rejection | undefined {
  if (key === null || key.length === 0) {
    return isKeyRequired ? { reason: "vin_mismatch", detail: "expected the VIN as message key, got no key" } : undefined;
  }
  const text = key.toString("utf8");
  if (text === vin || parseVin(text) === vin) return undefined;
  return { reason: "vin_mismatch", detail: `expected the VIN of the message key, ${printable(text)}, got ${vin}` };
}

/** Whether the event time is believable; undefined when it is. */
export function checkTime(
  { eventTimeMs, receivedTimeMs }: Pick<Sample, "eventTimeMs" | "receivedTimeMs">,
  limits: TimeLimits,
): Rejection | undefined {
  const { nowMs, futureMaxMs, ageMaxMs } = limits;
  if (eventTimeMs > nowMs + futureMaxMs) {
    return { reason: "time_in_future", detail: `expected an event time up to ${iso(nowMs + futureMaxMs)}, got ${iso(eventTimeMs)}` };
  }
  if (!isStorableTime(eventTimeMs)) {
    return { reason: "bad_time", detail: `expected an event time from 2010 to 2099, got ${iso(eventTimeMs)}` };
  }
  if (!isStorableTime(receivedTimeMs)) {
    return { reason: "bad_time", detail: `expected a receive time from 2010 to 2099, got ${iso(receivedTimeMs)}` };
  }
  if (ageMaxMs !== undefined && eventTimeMs < nowMs - ageMaxMs) {
    return { reason: "time_too_old", detail: `expected an event time from ${iso(nowMs - ageMaxMs)}, got ${iso(eventTimeMs)}` };
  }
  return undefined;
}

/**
 * The sample without values that cannot be: each becomes missing and leaves a quality mark. A list keeps its length,
 * because position i is cell i+1. Returns the same object when everything is plausible. O(signals + list elements).
 */
export function withPlausibleValues(sample: Sample): Sample {
  let values: SignalValues | undefined;
  const marks: QualityMark[] = [];
  for (const { name, min, max, isCell, isWhole } of SCALAR_CHECKS) {
    const reading = sample.values[name];
    if (typeof reading !== "number") continue;
    if (isWithin(reading, min, max) && (!isWhole || Number.isInteger(reading))) continue;
    values ??= { ...sample.values };
    delete values[name];
    marks.push({ signal: name, reason: reasonFor(isCell) });
  }
  for (const { name, min, max, isCell } of LIST_CHECKS) {
    const list = sample.values[name];
    if (list === undefined || isListWithin(list, min, max)) continue;
    values ??= { ...sample.values };
    values[name] = list.map((element) => (element !== null && isWithin(element, min, max) ? element : null));
    marks.push({ signal: name, reason: reasonFor(isCell) });
  }
  return values === undefined ? sample : { ...sample, values, quality: [...sample.quality, ...marks] };
}

function isListWithin(list: readonly (number | null)[], min: number, max: number): boolean {
  for (const element of list) if (element !== null && !isWithin(element, min, max)) return false;
  return true;
}

function isWithin(reading: number, min: number, max: number): boolean {
  return reading >= min && reading <= max;
}

function reasonFor(isCell: boolean): QualityReason {
  return isCell ? "implausible" : "out_of_range";
}

function isStorableTime(ms: number): boolean {
  return ms >= EARLIEST_MS && ms < LATEST_MS;
}

function isNumberSignal(name: SignalName): boolean {
  const { kind } = signalDefinition(name);
  return kind !== "bool" && kind !== "enum" && kind !== "float32[]";
}

function isListSignal(name: SignalName): name is ListSignalName {
  return signalDefinition(name).kind === "float32[]";
}

/**
 * What a signal may be, both ends included; what lies outside is missing and marked. A cell at exactly its upper limit (5.0 V)
 * is a converter at its end stop, not a reading, so its range ends one step below.
 */
export function plausibleRange(name: SignalName): Limits {
  const { min, max } = limitsOf(signalDefinition(name));
  return CELL_SIGNALS.has(name) ? { min, max: max - max * (Number.EPSILON / 2) } : { min, max };
}

function limitsOf({ kind, range }: SignalDefinition): Limits {
  if (range !== undefined) return { min: range[0], max: range[1] };
  const max = WHOLE_NUMBERS[kind];
  return max === undefined ? { min: -FLOAT32_MAX, max: FLOAT32_MAX } : { min: 0, max };
}

function iso(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}

/** A foreign key may hold anything; the detail stays one short line. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
