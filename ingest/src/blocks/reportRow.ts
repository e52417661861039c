import type { Format, QualityReason, Sample } from "@bellwether/contracts/sample";
import type { SignalName } from "@bellwether/contracts/signals";
import { parseVin, type Vin } from "@bellwether/contracts/vin";
import { isFragment } from "../decode/fragmentPart.ts";
import { LIST_NAMES, listAt, SCALAR_NAMES, scalarAt, storedNumber } from "./signalColumns.ts";

const ELEMENTS_MIN = 1024;
const NO_MARKS: readonly string[] = [];

const CELLS = listAt("cellVoltagesV");
const PROBES = listAt("probeTempsC");
const CELL_EXTREMES = extremePlaces("cellVoltageMaxV", "cellVoltageMaxIndex", "cellVoltageMinV", "cellVoltageMinIndex");
const PROBE_EXTREMES = extremePlaces("probeTempMaxC", "probeTempMaxIndex", "probeTempMinC", "probeTempMinIndex");

/**
 * One report as the columns want it: numbers by position, lists flat, NaN where nothing is known. Decoders fill the same row
 * again and again, so a report costs no object; it is valid until the next one is read.
 */
export class ReportRow {
  /** Set by whoever reads a report into the row. */
  vin: Vin = nobody();
  eventTimeMs = 0;
  receivedTimeMs = 0;
  format: Format = "gbt32960";
  isReissue = false;
  /** As in Sample. */
  part = 0;
  quality: readonly string[] = NO_MARKS;
  extra: Readonly<Record<string, number>> | undefined;
  /** By position in SCALAR_NAMES. */
  readonly numbers = new Float64Array(SCALAR_NAMES.length).fill(Number.NaN);
  /** All lists, one behind the other; list i of LIST_NAMES begins at `listStarts[i]` and has `listLengths[i]` elements. */
  elements = new Float64Array(ELEMENTS_MIN);
  readonly listStarts = new Int32Array(LIST_NAMES.length);
  readonly listLengths = new Int32Array(LIST_NAMES.length);
  #used = 0;

  clear(): void {
    this.quality = NO_MARKS;
    this.extra = undefined;
    this.part = 0;
    this.isReissue = false;
    this.numbers.fill(Number.NaN);
    this.listLengths.fill(0);
    this.#used = 0;
  }

  /** Makes room for a list, or for more elements of the list that was begun last; returns where its new elements start. */
  addToList(list: number, length: number): number {
    const start = this.#used;
    if (start + length > this.elements.length) this.#grow(start + length);
    if (this.listLengths[list] === 0) this.listStarts[list] = start;
    this.listLengths[list] = (this.listLengths[list] ?? 0) + length;
    this.#used = start + length;
    return start;
  }

  /** Notes why a value is missing; one mark per signal and reason, as in `mark` (draft.ts). */
  mark(signal: SignalName, reason: QualityReason): void {
    const text = `${signal}:${reason}`;
    if (!this.quality.includes(text)) this.quality = [...this.quality, text];
  }

  /**
   * Fills in the highest and lowest cell and probe where the format does not carry them (GB/T 32960-2025, our JSON).
   * Only complete lists count: the greatest of some cells is not the greatest of the pack. What the car itself says stands.
   */
  fillExtremes(): void {
    if (this.part !== 0 && !isFragment(this)) return;
    this.#fillExtremesOf(CELLS, CELL_EXTREMES);
    this.#fillExtremesOf(PROBES, PROBE_EXTREMES);
  }

  #fillExtremesOf(list: number, places: Places): void {
    const { numbers } = this;
    if (this.listLengths[list] === 0 || !Number.isNaN(numbers[places.max]) || !Number.isNaN(numbers[places.min])) return;
    const start = this.listStarts[list] ?? 0;
    const end = start + (this.listLengths[list] ?? 0);
    let [max, maxAt] = [Number.NEGATIVE_INFINITY, start];
    let [min, minAt] = [Number.POSITIVE_INFINITY, start];
    for (let i = start; i < end; i++) {
      const element = this.elements[i] ?? Number.NaN;
      if (Number.isNaN(element)) return;
      if (element > max) [max, maxAt] = [element, i];
      if (element < min) [min, minAt] = [element, i];
    }
    numbers[places.max] = max;
    numbers[places.maxIndex] = maxAt - start + 1;
    numbers[places.min] = min;
    numbers[places.minIndex] = minAt - start + 1;
  }

  #grow(needed: number): void {
    const larger = new Float64Array(Math.max(this.elements.length * 2, needed));
    larger.set(this.elements);
    this.elements = larger;
  }
}

/** Stands in a row that nobody has filled yet. */
function nobody(): Vin {
  const vin = parseVin("-");
  if (vin === null) throw new TypeError("a dash is an identifier");
  return vin;
}

interface Places {
  readonly max: number;
  readonly maxIndex: number;
  readonly min: number;
  readonly minIndex: number;
}

function extremePlaces(max: SignalName, maxIndex: SignalName, min: SignalName, minIndex: SignalName): Places {
  return { max: scalarAt(max), maxIndex: scalarAt(maxIndex), min: scalarAt(min), minIndex: scalarAt(minIndex) };
}

/** Puts a sample into a row; its trouble codes go elsewhere. */
export function fillFromSample(row: ReportRow, sample: Sample): void {
  row.clear();
  row.vin = sample.vin;
  row.eventTimeMs = sample.eventTimeMs;
  row.receivedTimeMs = sample.receivedTimeMs;
  row.format = sample.format;
  row.isReissue = sample.isReissue;
  row.part = sample.part;
  row.extra = sample.extra;
  if (sample.quality.length > 0) row.quality = sample.quality.map(({ signal, reason }) => `${signal}:${reason}`);
  for (const [i, name] of SCALAR_NAMES.entries()) {
    const reading = sample.values[name];
    if (reading !== undefined) row.numbers[i] = storedNumber(name, reading);
  }
  for (const [i, name] of LIST_NAMES.entries()) {
    const list = sample.values[name];
    if (typeof list === "object") fillList(row, i, list);
  }
}

function fillList(row: ReportRow, position: number, list: readonly (number | null)[]): void {
  let at = row.addToList(position, list.length);
  const { elements } = row;
  for (let i = 0; i < list.length; i++) elements[at++] = list[i] ?? Number.NaN;
}
