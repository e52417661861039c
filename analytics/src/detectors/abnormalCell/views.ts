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
  return values.map((x, i) => {
    if (x === null) return null;
    const sides = [values.slice(Math.max(0, i - reach), i), values.slice(i + 1, i + 1 + reach)];
    const known = sides.map(medianOf).filter((level) => level !== null);
    return known.length === 0 ? null : x - Math.min(...known);
  });
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
