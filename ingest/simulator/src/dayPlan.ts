import type { Habits } from "./profile.ts";
import type { Random } from "./random.ts";

/**
 * What the driver means to do on a day. A day starts at 00:00 UTC, 08:00 in Beijing, so that the commute, the evening
 * and the night's charge all lie within it and no charge crosses the day's border.
 */
export type Intent =
  | { readonly kind: "trip"; readonly startS: number; readonly km: number; readonly meanKmh: number }
  | { readonly kind: "charge"; readonly startS: number; readonly ifBelowSoc: number; readonly targetSoc: number; readonly isDc: boolean }
  /** The car wakes by itself, switched off, and reports for a while. */
  | { readonly kind: "wake"; readonly startS: number; readonly durationS: number };

const HOUR_S = 3600;

/** Plans a day: 1–3 trips (5–7 for a taxi) or none, an evening charge if needed, and often one wake-up while parked. */
export function planDay(random: Random, habits: Habits): readonly Intent[] {
  const trips = random.chance(habits.idleDayShare) ? [] : planTrips(random, habits);
  const charge: Intent = {
    kind: "charge",
    startS: random.between(12, 14) * HOUR_S,
    ifBelowSoc: habits.chargeBelowSoc + random.normal(0, 0.07),
    targetSoc: random.chance(habits.fullChargeShare) ? 1 : habits.usualTargetSoc,
    isDc: random.chance(habits.dcShare),
  };
  const wakes: Intent[] = random.chance(0.6) ? [{ kind: "wake", startS: random.between(20, 22) * HOUR_S, durationS: 180 }] : [];
  return [...trips, charge, ...wakes].sort((a, b) => a.startS - b.startS);
}

function planTrips(random: Random, habits: Habits): Intent[] {
  const [low, high] = habits.tripsPerDay;
  const count = random.integer(low, high);
  const [medianKm, spread] = habits.tripKm;
  return Array.from({ length: count }, (_, i): Intent => {
    const km = Math.min(medianKm * Math.exp(random.normal(0, spread)), 140);
    // Long trips use fast roads.
    const meanKmh = Math.min(22 + km * 0.8 + random.normal(0, 4), 95);
    return { kind: "trip", startS: tripStartS(random, i, count), km, meanKmh: Math.max(meanKmh, 15) };
  });
}

/** The first trip leaves in the morning, the last comes home before the evening; the others lie between. */
function tripStartS(random: Random, index: number, count: number): number {
  const middle = count === 1 ? 1.5 : (9.5 * index) / (count - 1);
  return Math.max(0.1, middle + random.between(-0.1, 0.9)) * HOUR_S;
}
