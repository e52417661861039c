import { type Conversion, UNITS } from "./map.ts";

/** Turns a cell's text into a number in the canonical unit; undefined where it means missing. */
export type NumberReader = (text: string) => number | undefined;

/** Texts that mean missing in any file. */
const MISSING = new Set(["", "nan", "null", "none", "na", "n/a"]);

/** Problems that are not worth a record's rejection, counted by column. */
export interface Oddities {
  unreadable(column: string): void;
}

/** The reader for one column. A text that is neither a number nor known to mean missing is counted as an oddity. */
export function createNumberReader(column: string, conversion: Conversion, oddities: Oddities): NumberReader {
  const { unit, scale = 1, offset = 0, absolute = false } = conversion;
  const unitStep = unit === undefined ? { scale: 1, offset: 0 } : unitOf(unit);
  const factor = unitStep.scale * scale;
  const shift = unitStep.offset * scale + offset;
  const isPlain = factor === 1 && shift === 0;
  const readRaw = createRawReader(column, conversion.sentinels ?? [], oddities);
  return (text) => {
    const raw = readRaw(text);
    if (raw === undefined) return undefined;
    const reading = absolute ? Math.abs(raw) : raw;
    return isPlain ? reading : rounded(reading * factor + shift);
  };
}

/** The number as it stands in the file, sentinels taken out. */
export function createRawReader(column: string, sentinels: readonly (number | string)[], oddities: Oddities): NumberReader {
  const numbers = new Set(sentinels.filter((sentinel) => typeof sentinel === "number"));
  const texts = new Set(sentinels.filter((sentinel) => typeof sentinel === "string"));
  return (text) => {
    const trimmed = text.trim();
    if (trimmed === "") return undefined;
    const raw = Number(trimmed);
    if (Number.isFinite(raw)) return numbers.has(raw) ? undefined : raw;
    if (!MISSING.has(trimmed.toLowerCase()) && !texts.has(trimmed)) oddities.unreadable(column);
    return undefined;
  };
}

/** Conversions leave binary dust (0.001 × 3872 = 3.8720000000000003); nine digits are beyond any sensor. */
export function rounded(reading: number): number {
  return Math.round(reading * 1e9) / 1e9;
}

function unitOf(unit: string): { readonly scale: number; readonly offset: number } {
  const known = Object.entries(UNITS).find(([name]) => name === unit);
  return known?.[1] ?? { scale: 1, offset: 0 };
}
