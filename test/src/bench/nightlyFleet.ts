/** A simulated fleet as the nightly health sees it: charging sessions of the last months, and a past of weekly values. */
import type { VehicleMaster, VehicleView } from "@bellwether/analytics/detectors/detector";
import { viewOf } from "@bellwether/analytics/detectors/view";
import { addDays, type Day } from "@bellwether/analytics/engine/days";
import { newVehicleState, type VehicleState } from "@bellwether/analytics/engine/state";
import type { ChargingSession } from "@bellwether/analytics/features/chargingSession";
import type { FadeFleet } from "@bellwether/analytics/forecast/fadeForecast";
import { startTrack } from "@bellwether/analytics/soh/healthTrack";
import { createRandom, type Random } from "@bellwether/simulator/random";

export const LAST_DAY: Day = "2026-06-03";
const LAST_MS = Date.parse(`${LAST_DAY}T12:00:00Z`);
const DAY_MS = 86_400_000;
const NOMINAL_AH = 150;
const MODELS = 40;
/** Charges a private car makes in the 60 days that the estimate looks at, and in the 180 that are kept. */
const SESSIONS_KEPT = 78;
const CHARGE_EVERY_DAYS = 2.3;

export const vinOf = (i: number): string => `VIN${String(i).padStart(6, "0")}`;
export const masterOf = (i: number): VehicleMaster => ({ model: `model-${i % MODELS}`, chemistry: "ncm", nominalAh: NOMINAL_AH });

/** The state after `months` of weekly values: a fade of its own with the root of age. */
export function pastOf(i: number, months: number): VehicleState {
  const random = createRandom(i + 1);
  const slope = random.normal(-1.5, 0.3);
  const points = Math.floor((months * 30.4375) / 28);
  const history = Array.from({ length: points }, (_, k) => {
    const month = (28 * k) / 30.4375;
    return { day: addDays(LAST_DAY, -28 * (points - k)), sohPct: 101.5 + slope * Math.sqrt(month + 1) + random.normal(0, 0.4) };
  });
  const track = startTrack({ sohPct: history.at(-1)?.sohPct ?? 99, sdPct: 0.5 });
  const reference = { referenceAh: NOMINAL_AH, referenceSource: "nominal capacity" };
  const health = { track, day: addDays(LAST_DAY, -7), fullDay: addDays(LAST_DAY, -7), ...reference, version: 2, history };
  return { ...newVehicleState(), health, lastHealthDay: addDays(LAST_DAY, -7), baselineAh: NOMINAL_AH };
}

/** The view of the evening on which the vehicle's weekly health is due. */
export function eveningOf(i: number, state: VehicleState, fadeFleet: FadeFleet | null): VehicleView {
  const random = createRandom(1_000_003 + i);
  const capacityAh = ((state.health?.track.shownPct ?? 95) * NOMINAL_AH) / 100;
  const sessions = Array.from({ length: SESSIONS_KEPT }, (_, k) =>
    sessionOf(random, capacityAh, LAST_MS - (SESSIONS_KEPT - k) * CHARGE_EVERY_DAYS * DAY_MS),
  );
  const series = { cellDays: [], sessions, daily: {} };
  return viewOf({
    vin: vinOf(i),
    day: LAST_DAY,
    offsetMinutes: 0,
    lastDataMs: LAST_MS,
    series,
    state,
    master: masterOf(i),
    peerBaselineAh: null,
    fadeFleet,
  });
}

function sessionOf(random: Random, capacityAh: number, startedMs: number): ChargingSession {
  const swing = random.between(0.3, 0.85);
  return {
    startedMs,
    endedMs: startedMs + swing * 5 * 3_600_000,
    tickSocPct: Math.round(100 * swing),
    tickChargeAh: capacityAh * (Math.round(100 * swing) / 100 + random.normal(0, 0.01)),
    maxGapS: 30,
    samples: 400,
    tempMeanC: 25,
    isDc: false,
  };
}
