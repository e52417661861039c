/**
 * Thousands of tyre-years through the leak test, day by day as the feature SQL hands them over, without reports: rubber that breathes,
 * sensors that are off, weather, sun on one side, mountains, pumps, changed wheels, days at home.
 */
import { detectLeaks } from "@bellwether/analytics/detectors/tyre/detectLeak";
import { type PerWheel, relativePressures, type TyreDay } from "@bellwether/analytics/detectors/tyre/tyreDay";
import { createRandom, mix, type Random } from "@bellwether/simulator/random";
import { REGIONS, type Region, weatherOf } from "@bellwether/simulator/regions";

export interface TyreYearsWish {
  readonly seed: number;
  /** Sound cars, and cars with one leaking tyre each. */
  readonly cars: number;
  readonly leaks: number;
  readonly days: number;
  readonly startMs: number;
}

export interface TyreYears {
  /** From the beginning of a leak of 1 kPa a day to its alarm at that tyre; null: not found. */
  readonly daysToAlarm: readonly (number | null)[];
  readonly falseAlarms: number;
  readonly tyreYears: number;
}

const LEAK_KPA_PER_DAY = 1;
const LEAK_DAYS_MAX = 60;
/** Days of history a nightly run keeps. */
const KEPT_DAYS = 150;
/** An alarm counts once until it has been silent for this long. */
const EPISODE_DAYS = 30;
const DAY_MS = 86_400_000;
const YEAR_DAYS = 365.25;
const WHEELS = [0, 1, 2, 3] as const;
type WheelIndex = (typeof WHEELS)[number];

/** What the day's numbers are off by, kPa unless named otherwise (methods 3.3: 2.75 kPa steps, 1.5 kPa noise a report, 2 kPa in common). */
const OWN_NOISE = 0.8;
const COMMON_NOISE = 2;
const SENSOR_BIAS = 3;
/** Standing in the sun warms the tyres of one side; 1.2 kPa per kelvin. */
const SUN_K = 1.5;
const KPA_PER_K = 1.2;
/** Gauges read more where the air is thinner; a holiday in the mountains lasts days. */
const KPA_PER_KM_UP = 12;
const HOLIDAY_CHANCE = 0.01;
const HOME_CHANCE = 0.15;
/** Single tyres topped up, and wheels changed about, per day. */
const TOP_UP_CHANCE = 0.004;
const ROTATED_CHANCE = 1 / 250;
/** Permeation grows by so much per kelvin. */
const BREATHING_PER_K = 0.02;

/** Every sound car over the whole time; every leaking one from a random day on until it is found or 60 days have passed. */
export function runTyreYears({ seed, cars, leaks, days, startMs }: TyreYearsWish): TyreYears {
  let falseAlarms = 0;
  for (let i = 0; i < cars; i++) falseAlarms += episodes(alarmsOf(lifeOf({ seed: mix(seed, i), startMs, days, leak: null }), () => false));
  const daysToAlarm = Array.from({ length: leaks }, (_, i) => daysToFind(mix(seed, 1_000_000 + i), startMs));
  return { daysToAlarm, falseAlarms, tyreYears: (4 * cars * days) / YEAR_DAYS };
}

function daysToFind(seed: number, startMs: number): number | null {
  const random = createRandom(mix(seed, 9));
  const onset = random.integer(60, 240);
  const wheel = random.integer(0, 3);
  const days = lifeOf({ seed, startMs, days: onset + LEAK_DAYS_MAX, leak: { wheel, onset } });
  const isDone = (alarm: Alarm) => alarm.day >= onset && alarm.wheel === wheel;
  const found = alarmsOf(days, isDone).find(isDone);
  return found === undefined ? null : found.day - onset;
}

interface Alarm {
  readonly day: number;
  readonly wheel: number;
}

/** Every evening's alarms, up to the first that is `isLast`; days count from the first. */
function alarmsOf(days: readonly TyreDay[], isLast: (alarm: Alarm) => boolean): Alarm[] {
  const names = ["FL", "FR", "RL", "RR"];
  const firstDay = days[0]?.dayNumber ?? 0;
  const alarms: Alarm[] = [];
  for (const [i, { dayNumber }] of days.entries()) {
    const known = days.slice(Math.max(0, i + 1 - KEPT_DAYS), i + 1);
    const found = detectLeaks(known).leaks.map(({ wheel }) => ({ day: dayNumber - firstDay, wheel: names.indexOf(wheel) }));
    alarms.push(...found);
    if (found.some(isLast)) break;
  }
  return alarms;
}

function episodes(alarms: readonly Alarm[]): number {
  return WHEELS.reduce<number>((sum, wheel) => {
    const own = alarms.filter((alarm) => alarm.wheel === wheel).map(({ day }) => day);
    return sum + own.filter((day, i) => day - (own[i - 1] ?? -EPISODE_DAYS) >= EPISODE_DAYS).length;
  }, 0);
}

interface LifeWish {
  readonly seed: number;
  readonly startMs: number;
  readonly days: number;
  readonly leak: { readonly wheel: number; readonly onset: number } | null;
}

interface TyreState {
  /** At 25 °C, kPa. */
  readonly kpa: Float64Array;
  readonly bias: Float64Array;
  readonly breathing: Float64Array;
  daysUp: number;
  kmUp: number;
}

/** A car's days as family `tyre` gives them; the first day is always there. */
function lifeOf({ seed, startMs, days, leak }: LifeWish): TyreDay[] {
  const random = createRandom(seed);
  const region = random.pick(REGIONS);
  const wishedKpa = random.between(230, 290);
  const everyDays = random.between(60, 120);
  const four = (of: () => number) => Float64Array.from({ length: 4 }, of);
  const breathing = random.between(0.1, 0.15);
  const state: TyreState = {
    kpa: four(() => wishedKpa + random.normal(0, 2)),
    bias: four(() => random.normal(0, SENSOR_BIAS)),
    breathing: four(() => breathing + random.between(-0.02, 0.03)),
    daysUp: 0,
    kmUp: 0,
  };
  let pumpIn = random.between(0, everyDays);
  return Array.from({ length: days }, (_, day) => {
    const { ambientC } = weatherOf(seed, region, startMs + day * DAY_MS);
    lose(state, ambientC, leak !== null && day >= leak.onset ? leak.wheel : null);
    pumpIn -= 1;
    if (pumpIn <= 0) {
      state.kpa.forEach((_kpa, wheel) => {
        state.kpa[wheel] = wishedKpa + random.normal(0, 2);
      });
      pumpIn = everyDays * random.between(0.8, 1.2);
    }
    happen(state, random, wishedKpa);
    const isSeen = day === 0 || !random.chance(HOME_CHANCE);
    return isSeen ? [sensed(state, random, { dayNumber: Math.floor(startMs / DAY_MS) + day, ambientC, region })] : [];
  }).flat();
}

function lose({ kpa, breathing }: TyreState, ambientC: number, leaking: number | null): void {
  for (const wheel of WHEELS) {
    const natural = (breathing[wheel] ?? 0) * (1 + BREATHING_PER_K * (ambientC - 15));
    kpa[wheel] = Math.max((kpa[wheel] ?? 0) - Math.max(natural, 0) - (wheel === leaking ? LEAK_KPA_PER_DAY : 0), 60);
  }
}

/** Somebody tops up the lowest tyre, changes the wheels about, or goes to the mountains. */
function happen(state: TyreState, random: Random, wishedKpa: number): void {
  const { kpa, bias } = state;
  if (random.chance(TOP_UP_CHANCE)) {
    const lowest = kpa.indexOf(Math.min(...kpa));
    kpa[lowest] = wishedKpa + random.normal(0, 3);
  }
  if (random.chance(ROTATED_CHANCE)) {
    for (const series of [kpa, bias]) series.set([series[2] ?? 0, series[3] ?? 0, series[0] ?? 0, series[1] ?? 0]);
  }
  if (state.daysUp > 0) state.daysUp -= 1;
  else if (random.chance(HOLIDAY_CHANCE)) {
    state.daysUp = random.integer(2, 14);
    state.kmUp = random.between(0.5, 2.5);
  }
}

function sensed(
  { kpa, bias, daysUp, kmUp }: TyreState,
  random: Random,
  { dayNumber, ambientC, region }: { readonly dayNumber: number; readonly ambientC: number; readonly region: Region },
): TyreDay {
  const common = random.normal(0, COMMON_NOISE) + (daysUp > 0 ? KPA_PER_KM_UP * kmUp : 0);
  // More sun where and when it is warm.
  const sun = random.normal(0, SUN_K) * Math.max(0, Math.min(1, (ambientC - region.yearMeanC) / region.seasonC + 0.5)) * KPA_PER_K;
  const own = (wheel: WheelIndex): number =>
    (kpa[wheel] ?? 0) + (bias[wheel] ?? 0) + (wheel % 2 === 0 ? sun / 2 : -sun / 2) + random.normal(0, OWN_NOISE);
  const four: PerWheel<number> = [own(0), own(1), own(2), own(3)];
  const [a, b, c, d] = four;
  return { dayNumber, coldKpa: [a + common, b + common, c + common, d + common], relativeKpa: relativePressures(four) };
}
