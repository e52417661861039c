import { medianSorted } from "simple-statistics";

/** One number per cell, null where there is none. */
export type PerCell = readonly (number | null)[];

/**
 * How low a cell reads against the whole pack: value minus pack median.
 * Right for any wiring, blind in packs whose modules sit at different levels.
 */
export function packView(values: PerCell): PerCell {
  const centre = medianOf(values);
  return centre === null ? values.map(() => null) : values.map((x) => (x === null ? null : x - centre));
}

/**
 * How low a cell reads against the neighbours that read lower: value minus the smaller of the medians of `reach` cells to
 * the left and to the right. A module that sits low as a whole has low neighbours on at least one side of every cell, so
 * no cell of it stands out; a single bad cell stands out on both sides. At the pack's ends one side is empty.
 */
export function neighbourView(values: PerCell, reach: number): PerCell {
  const scratch = new Float64Array(reach);
  return values.map((x, i) => {
    if (x === null) return null;
    const left = medianOfRange(values, Math.max(0, i - reach), i, scratch);
    const right = medianOfRange(values, i + 1, Math.min(values.length, i + 1 + reach), scratch);
    const lower = Math.min(left ?? Number.POSITIVE_INFINITY, right ?? Number.POSITIVE_INFINITY);
    return lower === Number.POSITIVE_INFINITY ? null : x - lower;
  });
}

/** Median of the values present in [from, to), kept sorted in `scratch`: most of the detector's time is spent here. */
function medianOfRange(values: PerCell, from: number, to: number, scratch: Float64Array): number | null {
  let count = 0;
  for (let i = from; i < to; i++) {
    const x = values[i] ?? null;
    if (x === null) continue;
    let at = count++;
    for (; at > 0 && (scratch[at - 1] ?? 0) > x; at--) scratch[at] = scratch[at - 1] ?? 0;
    scratch[at] = x;
  }
  const upper = scratch[count >> 1] ?? 0;
  if (count === 0) return null;
  return count % 2 === 1 ? upper : (upper + (scratch[(count >> 1) - 1] ?? 0)) / 2;
}

/** Element-wise a - b; null where either is missing. */
export function difference(a: PerCell, b: PerCell): PerCell {
  return a.map((x, i) => {
    const y = b[i] ?? null;
    return x === null || y === null ? null : x - y;
  });
}

/** Median of the values present; null when there is none. */
export function medianOf(values: PerCell): number | null {
  const present = values.filter((x) => x !== null).sort((a, b) => a - b);
  return present.length === 0 ? null : medianSorted(present);
}
