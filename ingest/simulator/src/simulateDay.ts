import { charge } from "./charge.ts";
import type { Intent } from "./dayPlan.ts";
import type { DayState } from "./dayState.ts";
import { drive } from "./drive.ts";
import { beginDay, type LiveDay, packOcvV, rest, sleepUntil, traceOf } from "./liveDay.ts";
import type { Pack } from "./pack.ts";
import { createRandom, mix } from "./random.ts";
import type { CarState, Trace } from "./trace.ts";

/** The last ordinary event of a day ends before this; later wake-ups belong to faults that need a quiet car. */
const BEDTIME_S = 22 * 3600;
const REST_BEFORE_TRIP_S = 120;
const REST_AFTER_S = 120;
/** Below this the driver looks for a fast charger first. */
const RESERVE_SOC = 0.14;
/** Nobody plugs in for less. */
const WORTH_PLUGGING_IN = 0.05;
const STOPS_MAX = 2;
const STOPPED_AFTER_S = [300, 1500] as const;
const BEGUN_AGAIN_S = [120, 420] as const;
const KWH_PER_KM = 0.18;
/** More for every kelvin away from 20 °C. */
const WEATHER_PER_K = 0.015;

/** Drives a day: carries out the intents in order from the state the car woke up in. Pure and cheap (some 10 µs). */
export function simulateDay(day: DayState, pack: Pack, intents: readonly Intent[], start: CarState): Trace {
  const live = beginDay(day, pack, start);
  for (const intent of intents) carryOut(live, intent);
  sleepUntil(live, 86_400);
  return traceOf(live);
}

function carryOut(live: LiveDay, intent: Intent): void {
  sleepUntil(live, intent.startS);
  if (intent.kind === "wake") {
    if (live.nowS + intent.durationS < 86_400) rest(live, intent.durationS, {});
    return;
  }
  if (live.nowS > BEDTIME_S - 1800) return;
  if (intent.kind === "trip") takeTrip(live, intent);
  else if (live.soc < intent.ifBelowSoc) plugIn(live, { targetSoc: intent.targetSoc, isDc: intent.isDc });
}

function takeTrip(live: LiveDay, trip: Intent & { readonly kind: "trip" }): void {
  const kwhPerKm = KWH_PER_KM * (1 + WEATHER_PER_K * Math.abs(live.day.ambientC - 20));
  const needSoc = (trip.km * kwhPerKm * 1000) / (packOcvV(live) * live.capacityAh);
  if (live.soc - needSoc < RESERVE_SOC) plugIn(live, { targetSoc: 0.8, isDc: true });
  if (live.soc - needSoc < RESERVE_SOC / 2) return;
  rest(live, REST_BEFORE_TRIP_S, { isStarted: true });
  drive(live, trip);
  rest(live, REST_AFTER_S, {});
}

function plugIn(live: LiveDay, wish: { readonly targetSoc: number; readonly isDc: boolean }): void {
  if (live.soc > wish.targetSoc - WORTH_PLUGGING_IN) return;
  sufferStops(live, wish);
  const isComplete = charge(live, { ...wish, latestS: BEDTIME_S });
  rest(live, REST_AFTER_S, { isComplete });
}

/** The charge stops once or twice before its end, and somebody begins it again some minutes later. */
function sufferStops(live: LiveDay, wish: { readonly targetSoc: number; readonly isDc: boolean }): void {
  const random = createRandom(mix(mix(live.day.seed, 7), Math.round(live.nowS)));
  for (let i = 0; i < STOPS_MAX && random.chance(live.day.wear.chargeStops); i++) {
    const stopS = live.nowS + random.between(...STOPPED_AFTER_S);
    if (charge(live, { ...wish, latestS: Math.min(stopS, BEDTIME_S) })) return;
    // Reports carry whole milliseconds.
    rest(live, Math.round(random.between(...BEGUN_AGAIN_S)), {});
  }
}
