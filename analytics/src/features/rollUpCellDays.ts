/**
 * The daily cell roll-up in memory: the same definition as the SQL over `telemetry` (see `cellDaily.ts`), for recordings
 * that never were in a database and for checking that SQL. O(cells log cells) per row for the row median.
 */
import { CELL_LOADS, type CellDay, type CellLoad } from "./cellDaily.ts";

/** One report: cell voltages in V (null = missing), current in A positive in discharge. */
export interface CellRow {
  /** YYYY-MM-DD in the fleet's zone. */
  readonly day: string;
  readonly cellVoltagesV: readonly (number | null)[];
  readonly currentA: number | null;
  readonly speedKmh: number | null;
  readonly chargeState: "parked_charging" | "driving_charging" | "not_charging" | "complete" | null;
  readonly socPct: number | null;
}

const PLAUSIBLE_CELL_V = { min: 1.5, max: 4.5 } as const;
const IMPLAUSIBLE_SHARE_MAX = 0.05;
const USABLE_SHARE_MIN = 0.5;
/** Below this |current| a row is at rest; also the charging threshold where the charge state is missing. */
const REST_CURRENT_A = 3;
/**
 * A channel is stuck when it did not move in this many rows while the pack's median moved this far: methods 0.2, item 4; and a car
 * that reports every 30 s drives 25 minutes on a usual day, in which its pack moves much further.
 */
const STUCK = [
  { rows: 200, packRangeV: 0.02 },
  { rows: 50, packRangeV: 0.1 },
] as const;

interface CellSums {
  usable: number;
  implausible: number;
  lowest: number;
  sum: number;
  sumSquares: number;
  min: number;
  currentSum: number;
  currentSquares: number;
  currentTimesDeviation: number;
  voltageMin: number;
  voltageMax: number;
}

interface LoadSums {
  samples: number;
  currentSum: number;
  currentSquares: number;
  socSum: number;
  socSamples: number;
  medianMin: number;
  medianMax: number;
  readonly cells: CellSums[];
}

/** Collects rows in any order; `days()` returns the roll-up sorted by day, then rest, charge, drive. */
export function createCellRollUp(): { add: (row: CellRow) => void; days: () => CellDay[] } {
  const sums = new Map<string, Map<string, LoadSums>>();
  const rowsPerCount = new Map<string, Map<number, number>>();
  return {
    add(row) {
      const count = row.cellVoltagesV.length;
      const load = loadOf(row);
      if (load === null || row.currentA === null || !isWhole(row.cellVoltagesV)) return;
      bump(rowsPerCount, row.day, count);
      const ofDay = getOrAdd(sums, row.day, () => new Map<string, LoadSums>());
      const target = getOrAdd(ofDay, `${load}/${count}`, () => emptySums(count));
      addRow(target, row.cellVoltagesV, row.currentA, row.socPct);
    },
    days: () => [...sums.keys()].sort().flatMap((day) => daysOf(day, sums.get(day) ?? new Map(), mostFrequent(rowsPerCount.get(day)))),
  };
}

function daysOf(day: string, ofDay: ReadonlyMap<string, LoadSums>, count: number): CellDay[] {
  return CELL_LOADS.flatMap((load) => {
    const found = ofDay.get(`${load}/${count}`);
    return found === undefined ? [] : [toCellDay(day, load, found)];
  });
}

function loadOf(row: CellRow): CellLoad | null {
  if (row.currentA === null) return null;
  if (row.chargeState === "parked_charging") return "charge";
  if (row.chargeState === null && row.currentA < -REST_CURRENT_A && row.speedKmh === 0) return "charge";
  return Math.abs(row.currentA) <= REST_CURRENT_A ? "rest" : "drive";
}

/** False for a torn or shifted frame: too many impossible or missing cells to trust the rest. */
function isWhole(voltages: readonly (number | null)[]): boolean {
  const present = voltages.filter((v) => v !== null);
  const plausible = present.filter(isPlausible).length;
  const implausible = present.length - plausible;
  return voltages.length >= 2 && implausible <= IMPLAUSIBLE_SHARE_MAX * voltages.length && plausible >= USABLE_SHARE_MIN * voltages.length;
}

function isPlausible(voltageV: number): boolean {
  return voltageV >= PLAUSIBLE_CELL_V.min && voltageV <= PLAUSIBLE_CELL_V.max;
}

function addRow(target: LoadSums, voltages: readonly (number | null)[], currentA: number, socPct: number | null): void {
  const sorted = Float64Array.from(voltages.filter((v) => v !== null && isPlausible(v)).map(Number)).sort();
  const medianV = medianOfSorted(sorted);
  const lowestV = sorted[0] ?? 0;
  target.samples++;
  target.currentSum += currentA;
  target.currentSquares += currentA * currentA;
  target.medianMin = Math.min(target.medianMin, medianV);
  target.medianMax = Math.max(target.medianMax, medianV);
  if (socPct !== null) {
    target.socSum += socPct;
    target.socSamples++;
  }
  let isLowestTaken = false;
  target.cells.forEach((cell, i) => {
    const voltageV = voltages[i] ?? null;
    if (voltageV === null) return;
    if (!isPlausible(voltageV)) {
      cell.implausible++;
      return;
    }
    if (voltageV === lowestV && !isLowestTaken) {
      cell.lowest++;
      isLowestTaken = true;
    }
    addReading(cell, voltageV, (voltageV - medianV) * 1000, currentA);
  });
}

function addReading(cell: CellSums, voltageV: number, deviationMv: number, currentA: number): void {
  cell.usable++;
  cell.sum += deviationMv;
  cell.sumSquares += deviationMv * deviationMv;
  cell.min = Math.min(cell.min, deviationMv);
  cell.currentSum += currentA;
  cell.currentSquares += currentA * currentA;
  cell.currentTimesDeviation += currentA * deviationMv;
  cell.voltageMin = Math.min(cell.voltageMin, voltageV);
  cell.voltageMax = Math.max(cell.voltageMax, voltageV);
}

function toCellDay(day: string, load: CellLoad, sums: LoadSums): CellDay {
  const packRangeV = sums.medianMax - sums.medianMin;
  const stuckRows = Math.min(...STUCK.map((one) => (packRangeV >= one.packRangeV ? one.rows : Number.POSITIVE_INFINITY)));
  return {
    day,
    load,
    samples: sums.samples,
    cells: sums.cells.length,
    deviationMeanMv: sums.cells.map((c) => (c.usable === 0 ? null : c.sum / c.usable)),
    deviationSdMv: sums.cells.map((c) => spread(c.usable, c.sum, c.sumSquares)),
    deviationMinMv: sums.cells.map((c) => (c.usable === 0 ? null : c.min)),
    excessResistanceMohm: sums.cells.map(excessResistance),
    lowest: sums.cells.map((c) => c.lowest),
    usable: sums.cells.map((c) => c.usable),
    implausible: sums.cells.map((c) => c.implausible),
    stuck: sums.cells.map((c) => c.usable >= stuckRows && c.voltageMax === c.voltageMin),
    currentMeanA: sums.currentSum / sums.samples,
    currentSdA: spread(sums.samples, sums.currentSum, sums.currentSquares),
    socMeanPct: sums.socSamples === 0 ? null : sums.socSum / sums.socSamples,
  };
}

/** -cov(current, deviation)/var(current), mV/A = milliohm; null where the current hardly varied (variance < 1 A2). */
function excessResistance(cell: CellSums): number | null {
  if (cell.usable < 2) return null;
  const variance = cell.currentSquares / cell.usable - (cell.currentSum / cell.usable) ** 2;
  const covariance = cell.currentTimesDeviation / cell.usable - (cell.currentSum / cell.usable) * (cell.sum / cell.usable);
  return variance < 1 ? null : -covariance / variance;
}

/** Population standard deviation from sums; null below two readings. */
function spread(n: number, sum: number, sumSquares: number): number | null {
  return n < 2 ? null : Math.sqrt(Math.max(0, sumSquares / n - (sum / n) ** 2));
}

function medianOfSorted(sorted: Float64Array): number {
  const mid = sorted.length >> 1;
  const upper = sorted[mid] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[mid - 1] ?? upper)) / 2;
}

function emptySums(count: number): LoadSums {
  const cells = Array.from({ length: count }, () => ({
    usable: 0,
    implausible: 0,
    lowest: 0,
    sum: 0,
    sumSquares: 0,
    min: Number.POSITIVE_INFINITY,
    currentSum: 0,
    currentSquares: 0,
    currentTimesDeviation: 0,
    voltageMin: Number.POSITIVE_INFINITY,
    voltageMax: Number.NEGATIVE_INFINITY,
  }));
  return {
    samples: 0,
    currentSum: 0,
    currentSquares: 0,
    socSum: 0,
    socSamples: 0,
    medianMin: Number.POSITIVE_INFINITY,
    medianMax: Number.NEGATIVE_INFINITY,
    cells,
  };
}

function bump(counts: Map<string, Map<number, number>>, day: string, count: number): void {
  const ofDay = getOrAdd(counts, day, () => new Map<number, number>());
  ofDay.set(count, (ofDay.get(count) ?? 0) + 1);
}

function mostFrequent(counts: ReadonlyMap<number, number> | undefined): number {
  return [...(counts ?? [])].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
