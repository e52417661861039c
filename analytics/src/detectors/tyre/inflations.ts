import { median } from "simple-statistics";
import { type TyreDay, WHEELS, type Wheel } from "./tyreDay.ts";

/** Somebody put air in, or changed a wheel: what was measured before says nothing about the rate after. */
export interface Inflation {
  readonly dayNumber: number;
  /** The wheels whose pressure rose. */
  readonly wheels: readonly Wheel[];
  readonly riseKpa: number;
}

/** Values on each side of a step. */
const BEFORE = 5;
const AFTER = 2;
/** One wheel against the others: half a pump stroke; their daily difference scatters by about 1 kPa. */
const ALONE_KPA = 5;
/** All together: cold values scatter by some 3 kPa with the weather. */
const TOGETHER_KPA = 9;
const TOGETHER_WHEELS = 3;
const WHEEL_INDEX = [0, 1, 2, 3] as const;

/** Every inflation in days sorted by time; a rise counts once two days hold it. O(days). */
export function findInflations(days: readonly TyreDay[]): Inflation[] {
  const found: Inflation[] = [];
  let from = 0;
  for (let i = 1; i + AFTER <= days.length; i++) {
    if (!mayStep(days, Math.max(from, i - BEFORE), i)) continue;
    const before = days.slice(Math.max(from, i - BEFORE), i);
    const after = days.slice(i, i + AFTER);
    const [first] = after;
    if (first === undefined || before.length === 0) continue;
    const inflation = stepBetween(before, after);
    if (inflation === null) continue;
    found.push({ ...inflation, dayNumber: first.dayNumber });
    from = i;
  }
  return found;
}

/** Whether the day at `i` stands high enough over the lowest of the days before it; spares the medians on most days. */
function mayStep(days: readonly TyreDay[], from: number, i: number): boolean {
  const now = days[i];
  if (now === undefined) return false;
  let raised = 0;
  for (const w of WHEEL_INDEX) {
    let lowRelative = Number.POSITIVE_INFINITY;
    let lowCold = Number.POSITIVE_INFINITY;
    for (let k = from; k < i; k++) {
      const day = days[k];
      if (day === undefined) continue;
      lowRelative = Math.min(lowRelative, day.relativeKpa[w]);
      lowCold = Math.min(lowCold, day.coldKpa?.[w] ?? lowCold);
    }
    if (now.relativeKpa[w] - lowRelative >= ALONE_KPA) return true;
    if ((now.coldKpa?.[w] ?? lowCold) - lowCold >= TOGETHER_KPA) raised += 1;
  }
  return raised >= TOGETHER_WHEELS;
}

function stepBetween(before: readonly TyreDay[], after: readonly TyreDay[]): Omit<Inflation, "dayNumber"> | null {
  const together = WHEELS.map((_, w) => rise(before, after, (day) => day.coldKpa?.[w]));
  const raised = WHEELS.filter((_, w) => (together[w] ?? 0) >= TOGETHER_KPA);
  if (raised.length >= TOGETHER_WHEELS) return { wheels: raised, riseKpa: median(together.flatMap((one) => one ?? [])) };
  const alone = WHEELS.map((_, w) => rise(before, after, (day) => day.relativeKpa[w]) ?? 0);
  // A tyre that loses makes the middle of the others rise a little; one that is filled rises against its own pressure too.
  const filled = WHEELS.filter((_, w) => (alone[w] ?? 0) >= ALONE_KPA && (together[w] ?? ALONE_KPA) > 0);
  return filled.length === 0 ? null : { wheels: filled, riseKpa: Math.max(...alone) };
}

/** The least rise of the days after over the median before; undefined where a side has no value. */
function rise(before: readonly TyreDay[], after: readonly TyreDay[], pick: (day: TyreDay) => number | undefined): number | undefined {
  const old = before.flatMap((day) => pick(day) ?? []);
  const fresh = after.flatMap((day) => pick(day) ?? []);
  return old.length === 0 || fresh.length < AFTER ? undefined : Math.min(...fresh) - median(old);
}

/** Since when nobody touched any wheel: air in one, or wheels changed about, move what the others are compared with. */
export function quietSince(inflations: readonly Inflation[], dayNumber: number): number {
  return inflations.reduce((last, one) => (one.dayNumber <= dayNumber ? Math.max(last, one.dayNumber) : last), Number.NEGATIVE_INFINITY);
}
