import { addSegment, cellHeadroomA, type LiveDay, packOcvV } from "./liveDay.ts";

export interface Trip {
  readonly km: number;
  readonly meanKmh: number;
}

const KNOT_S = 20;
const MASS_KG = 1_900;
const ROLLING = 0.01;
/** Drag coefficient times front area, m². */
const DRAG_AREA_M2 = 0.68;
const AIR_KG_PER_M3 = 1.2;
const DRIVE_EFFICIENCY = 0.88;
const REGENERATION = 0.65;
const AUX_W = 700;
/** Per kelvin away from a comfortable cabin. */
const CLIMATE_W_PER_K = 70;
const COMFORT_C = 20;
const EMPTY_SOC = 0.04;

/** Drives a trip: speed wanders round its mean, current follows from rolling, air, acceleration and the cabin's comfort. */
export function drive(live: LiveDay, trip: Trip): void {
  const knots = Math.max(Math.ceil((trip.km / trip.meanKmh) * (3600 / KNOT_S)), 3);
  let speedKmh = 0;
  addSegment(live, { kind: "drive", knotStepS: KNOT_S }, (knot) => {
    if (knot > knots || (knot > 1 && live.soc < EMPTY_SOC)) return null;
    const before = speedKmh;
    speedKmh = nextSpeedKmh(live, trip.meanKmh, before, knot === 0 || knot === knots);
    return { currentA: driveCurrentA(live, before, speedKmh), speedKmh };
  });
}

function nextSpeedKmh(live: LiveDay, meanKmh: number, before: number, isStanding: boolean): number {
  const stopChance = meanKmh < 45 ? 0.12 : 0.02;
  if (isStanding || live.random.chance(stopChance)) return 0;
  const wander = live.random.normal(0, 0.22 * meanKmh);
  return Math.min(Math.max(before + 0.6 * (meanKmh * 1.1 - before) + wander, 0), 130);
}

function driveCurrentA(live: LiveDay, beforeKmh: number, speedKmh: number): number {
  const v = speedKmh / 3.6;
  const acceleration = (v - beforeKmh / 3.6) / KNOT_S;
  const drag = 0.5 * AIR_KG_PER_M3 * DRAG_AREA_M2 * v * v;
  const wheelW = v * (MASS_KG * acceleration + MASS_KG * 9.81 * ROLLING + drag);
  const drivenW = wheelW > 0 ? wheelW / DRIVE_EFFICIENCY : wheelW * REGENERATION;
  const climateW = CLIMATE_W_PER_K * Math.min(Math.abs(live.day.ambientC - COMFORT_C), 35);
  // Slopes and the pedal's impatience, which a 20 s knot does not resolve.
  const pulseA = v > 1 ? live.random.normal(0, 22) : 0;
  const currentA = (drivenW + AUX_W + climateW) / packOcvV(live) + pulseA;
  return Math.min(Math.max(currentA, -maxRegenerationA(live)), 2.5 * live.capacityAh);
}

/** A full or cold pack takes little back. */
function maxRegenerationA(live: LiveDay): number {
  const room = Math.min(Math.max((0.95 - live.soc) / 0.2, 0), 1);
  return Math.min(0.7 * live.capacityAh * room * (live.packC < 10 ? 0.3 : 1), cellHeadroomA(live));
}
