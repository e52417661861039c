/** Open-circuit voltage against state of charge, per chemistry, as dense tables for fast lookup. */

export type Chemistry = "NCM" | "LFP";

/**
 * Rested cell voltage by state of charge in percent. Shapes follow published half-cell curves: NCM rises 4–10 mV per
 * percent, LFP is flat between 20 and 95 % except for the graphite step near 62 %. Points below 0 and above 100 % are
 * what a cell shows that the pack takes further than its management system believes.
 */
const ANCHORS: Record<Chemistry, readonly (readonly [socPct: number, voltageV: number])[]> = {
  NCM: [
    [-20, 1.6],
    [-10, 2.3],
    [-5, 2.8],
    [0, 3.2],
    [5, 3.42],
    [10, 3.5],
    [20, 3.58],
    [30, 3.63],
    [40, 3.67],
    [50, 3.73],
    [60, 3.82],
    [70, 3.92],
    [80, 4.01],
    [90, 4.1],
    [100, 4.18],
    [105, 4.24],
    [110, 4.33],
    [120, 4.55],
  ],
  LFP: [
    [-20, 1.2],
    [-10, 1.9],
    [-5, 2.35],
    [0, 2.8],
    [5, 3.08],
    [10, 3.19],
    [15, 3.222],
    [20, 3.248],
    [30, 3.28],
    [40, 3.289],
    [50, 3.294],
    [58, 3.302],
    [66, 3.328],
    [80, 3.333],
    [90, 3.337],
    [96, 3.342],
    [99, 3.37],
    [101, 3.43],
    [103, 3.52],
    [106, 3.7],
    [120, 4.2],
  ],
};

/** State of charge (as a fraction) of the first table entry. */
export const OCV_FIRST_SOC = -0.2;
/** Table entries per unit of state of charge: one every 0.05 %. */
export const OCV_STEPS = 2000;
const ENTRIES = 1.4 * OCV_STEPS + 2;

/** Millivolts at every 0.05 % from −20 % to 120 %. */
export const OCV_TABLES: Readonly<Record<Chemistry, Float64Array>> = { NCM: tabulate("NCM"), LFP: tabulate("LFP") };

/** Rested cell voltage in mV at a state of charge given as a fraction; clamped to −20…120 %. */
export function ocvMv(chemistry: Chemistry, soc: number): number {
  const table = OCV_TABLES[chemistry];
  const position = Math.min(Math.max((soc - OCV_FIRST_SOC) * OCV_STEPS, 0), ENTRIES - 2);
  const index = Math.floor(position);
  const low = table[index] ?? 0;
  return low + ((table[index + 1] ?? low) - low) * (position - index);
}

function tabulate(chemistry: Chemistry): Float64Array {
  return Float64Array.from({ length: ENTRIES }, (_, i) => 1000 * interpolate(ANCHORS[chemistry], 100 * (OCV_FIRST_SOC + i / OCV_STEPS)));
}

function interpolate(points: readonly (readonly [number, number])[], x: number): number {
  let [x0, y0] = points[0] ?? [0, 0];
  for (const [x1, y1] of points) {
    if (x <= x1) return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
    [x0, y0] = [x1, y1];
  }
  return y0;
}
