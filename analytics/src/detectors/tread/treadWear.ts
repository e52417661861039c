/** Tread of the driven tyres from their rolling radius: worn tyres are smaller, so the wheels count more distance than the road has (methods 3.4). */

/** One day's fast and straight stretches. */
export interface RollingDay {
  readonly day: string;
  readonly gpsKm: number;
  readonly odoKm: number;
  readonly stretches: number;
  /** Mean pressure on them; null: not reported. */
  readonly tyreKpa: number | null;
  readonly odometerKm: number;
}

/** Some days together: enough road for the odometer's steps to average out. */
export interface RollingBlock {
  readonly fromDay: string;
  readonly day: string;
  readonly odometerKm: number;
  /** Distance by the wheels over that by position, at 250 kPa, in %. */
  readonly ratioPct: number;
}

export interface TreadVerdict {
  readonly blocks: readonly RollingBlock[];
  /** First block on the present tyres, and how they came: seen when put on, there from new, or already run when first seen. */
  readonly from: number;
  readonly since: "new_tyres" | "new_car" | "unknown";
  readonly wornMm: number;
  /** Standard error of it. */
  readonly seMm: number;
  /** Of new tyres; an upper bound where nobody knows what they began with. */
  readonly treadMm: number;
  readonly mmPer1000Km: number;
}

export const NEW_TREAD_MM = 8;
/** From 8 to 1.6 mm a car's tyre loses 1.9 % of its radius. */
const MM_PER_PCT = 6.4 / 1.9;
/** A tyre stands higher on more air, % of radius per kPa. */
const PCT_PER_KPA = 0.01;
const USUAL_KPA = 250;
const BLOCK_KM = 250;
/** A step by this much is another set of tyres; of new ones the radius grows, by no more than all of the tread and a little. */
const STEP_PCT = 0.8;
const NEW_TYRES_MAX_PCT = 2.4;
const NEW_CAR_KM = 3_000;
const BLOCKS_MIN = 6;
const SE_FLOOR_MM = 0.25;

/** How far the tyres are worn; null before there are six blocks of 250 km on them. `days` sorted, oldest first. */
export function treadWear(days: readonly RollingDay[]): TreadVerdict | null {
  const blocks = blocksOf(days);
  const { from, isNew } = lastStep(blocks);
  const own = blocks.slice(from);
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined || own.length < BLOCKS_MIN) return null;
  const since = isNew ? "new_tyres" : from === 0 && first.odometerKm < NEW_CAR_KM ? "new_car" : "unknown";
  const { slope, se } = fitLine(own);
  const km = last.odometerKm - first.odometerKm;
  const wornMm = Math.max(slope * km * MM_PER_PCT, 0);
  const seMm = Math.max(se * km * MM_PER_PCT, SE_FLOOR_MM);
  return { blocks, from, since, wornMm, seMm, treadMm: NEW_TREAD_MM - wornMm, mmPer1000Km: (1000 * wornMm) / Math.max(km, 1) };
}

/** Days pooled until they hold 250 km; a rest too short for a block waits for the next days. */
function blocksOf(days: readonly RollingDay[]): RollingBlock[] {
  const blocks: RollingBlock[] = [];
  let open: RollingDay[] = [];
  for (const day of days) {
    open.push(day);
    const gpsKm = open.reduce((sum, one) => sum + one.gpsKm, 0);
    if (gpsKm < BLOCK_KM) continue;
    const odoKm = open.reduce((sum, one) => sum + one.odoKm * (1 + (PCT_PER_KPA / 100) * ((one.tyreKpa ?? USUAL_KPA) - USUAL_KPA)), 0);
    blocks.push({ fromDay: open[0]?.day ?? day.day, day: day.day, odometerKm: day.odometerKm, ratioPct: (100 * odoKm) / gpsKm });
    open = [];
  }
  return blocks;
}

/** The newest lasting step, and whether it looks like new tyres of the same size; two blocks have to agree on either side. */
function lastStep(blocks: readonly RollingBlock[]): { readonly from: number; readonly isNew: boolean } {
  for (let i = blocks.length - 2; i >= 2; i--) {
    const ratioAt = (index: number) => blocks[index]?.ratioPct ?? 0;
    const [before, after] = [
      [ratioAt(i - 2), ratioAt(i - 1)],
      [ratioAt(i), ratioAt(i + 1)],
    ] as const;
    const fall = Math.min(...before) - Math.max(...after);
    const rise = Math.min(...after) - Math.max(...before);
    if (fall >= STEP_PCT) return { from: i, isNew: fall <= NEW_TYRES_MAX_PCT };
    if (rise >= STEP_PCT) return { from: i, isNew: false };
  }
  return { from: 0, isNew: false };
}

/** Least squares of the ratio over the odometer, % per km. */
function fitLine(blocks: readonly RollingBlock[]): { readonly slope: number; readonly se: number } {
  const n = blocks.length;
  const meanKm = blocks.reduce((sum, one) => sum + one.odometerKm, 0) / n;
  const meanPct = blocks.reduce((sum, one) => sum + one.ratioPct, 0) / n;
  const sxx = blocks.reduce((sum, one) => sum + (one.odometerKm - meanKm) ** 2, 0);
  const slope = blocks.reduce((sum, one) => sum + (one.odometerKm - meanKm) * (one.ratioPct - meanPct), 0) / sxx;
  const residual = blocks.reduce((sum, one) => sum + (one.ratioPct - meanPct - slope * (one.odometerKm - meanKm)) ** 2, 0);
  return { slope, se: Math.sqrt(residual / Math.max(1, n - 2) / sxx) };
}
