/** A sample while its items are read: readings become values where they are known, and quality marks where they are not. */
import type { DtcReading, QualityMark, QualityReason } from "@bellwether/contracts/sample";
import type { SignalName, SignalValues } from "@bellwether/contracts/signals";
import type { OutOfRange, Quantity, ReservedCode, Sentinel, Word } from "./fields.ts";
import type { Stretch } from "./layout.ts";

export interface Draft {
  readonly values: SignalValues;
  readonly quality: QualityMark[];
  readonly dtcs: DtcReading[];
  /** Numbers without a signal, by the maker's own name. */
  readonly extra: Record<string, number>;
  /** Cells and probes of all items so far; they are put in one row at the end. */
  readonly cells: Stretch[];
  readonly probes: Stretch[];
}

export type NumberSignal = { [K in SignalName]-?: SignalValues[K] extends number | undefined ? K : never }[SignalName];

/** Notes that the report carried something in the place of a value; one mark per signal and reason. */
export function mark(draft: Draft, signal: SignalName, unknown: Sentinel | OutOfRange | ReservedCode): void {
  const reason: QualityReason = typeof unknown === "string" ? unknown : "out_of_range";
  if (!draft.quality.some((known) => known.signal === signal && known.reason === reason)) draft.quality.push({ signal, reason });
}

/** Sets a number, or marks why it is missing. `factor` converts to the catalogue's unit. */
export function setNumber(draft: Draft, signal: NumberSignal, reading: Quantity, factor = 1): void {
  if (typeof reading === "number") draft.values[signal] = reading * factor;
  else mark(draft, signal, reading);
}

/** Whether a code was one of its words. */
export function isWord<W extends string>(reading: Word<W>): reading is W {
  return typeof reading === "string" && reading !== "abnormal" && reading !== "invalid";
}

/** The readings as a list with null where unknown; the same array where all are known, so nothing is copied in the usual case. */
export function numbersOf(draft: Draft, signal: SignalName, readings: readonly Quantity[]): readonly (number | null)[] {
  if (areNumbers(readings)) return readings;
  return readings.map((reading) => {
    if (typeof reading === "number") return reading;
    mark(draft, signal, reading);
    return null;
  });
}

function areNumbers(readings: readonly Quantity[]): readings is readonly number[] {
  // By index: iterating makes an object of every number, which costs more than the rest of the sample.
  for (let i = 0; i < readings.length; i++) if (typeof readings[i] !== "number") return false;
  return true;
}
