/** Tyre part of leaf-obd-log: every day judged with what was known by its end; leaks and inflations as events. */
import { detectLeaks, type TyreLeak } from "@bellwether/analytics/detectors/tyre/detectLeak";
import { findInflations, type Inflation } from "@bellwether/analytics/detectors/tyre/inflations";
import {
  type PerWheel,
  pressureAt25,
  relativePressures,
  type TyreDay,
  WHEELS,
  type Wheel,
} from "@bellwether/analytics/detectors/tyre/tyreDay";
import { median, quantile } from "simple-statistics";

/** One row of the log with all four pressures, in kPa. */
export interface TyreRow {
  readonly dayNumber: number;
  readonly kpa: PerWheel<number>;
  readonly ambientC: number | null;
}

export type TyreEvent =
  | {
      readonly kind: "tyre_leak";
      readonly wheel: Wheel;
      /** First day that said so, and the last. */
      readonly at: string;
      readonly until: string;
      readonly pace: TyreLeak["pace"];
      readonly loss_kpa_per_day: number;
      readonly loss_low80: number;
      readonly loss_high80: number;
      readonly since: string;
      readonly cold_kpa: number | null;
      /** Cold pressure reaches three quarters of the usual one in this many days. */
      readonly days_to_limit: number | null;
      /** When somebody put air into this tyre next; null: never, or not within the log. */
      readonly inflated_on: string | null;
      /** Lowest cold pressure of this tyre from the alarm to that inflation, and its day: hindsight, for judging the alarm. */
      readonly lowest_kpa: number | null;
      readonly lowest_on: string | null;
      readonly reason: string;
    }
  | { readonly kind: "tyre_inflated"; readonly wheels: readonly Wheel[]; readonly at: string; readonly rise_kpa: number };

/** Warm tyres read more: the coldest tenth of a day's rows stands for the cold pressure. */
const COLD_SHARE = 0.1;
/** An alarm that pauses for fewer days is the same one. */
const EPISODE_GAP_DAYS = 14;
const LIMIT_SHARE = 0.75;

/** The rows of one log as one entry per day. */
export function tyreDays(rows: readonly TyreRow[]): TyreDay[] {
  const byDay = new Map<number, TyreRow[]>();
  for (const row of rows) {
    const same = byDay.get(row.dayNumber);
    if (same === undefined) byDay.set(row.dayNumber, [row]);
    else same.push(row);
  }
  return [...byDay]
    .sort(([a], [b]) => a - b)
    .map(([dayNumber, same]) => ({ dayNumber, coldKpa: coldOf(same), relativeKpa: relativeOf(same) }));
}

function relativeOf(rows: readonly TyreRow[]): PerWheel<number> {
  const relative = rows.map(({ kpa }) => relativePressures(kpa));
  return perWheel((w) => median(relative.map((one) => one[w])));
}

function coldOf(rows: readonly TyreRow[]): PerWheel<number> | null {
  const total = ({ kpa }: TyreRow) => kpa[0] + kpa[1] + kpa[2] + kpa[3];
  const limit = quantile(rows.map(total), COLD_SHARE);
  const cold = rows.filter((row) => total(row) <= limit && row.ambientC !== null);
  if (cold.length === 0) return null;
  const ambientC = median(cold.map((row) => row.ambientC ?? 0));
  return perWheel((w) => pressureAt25(median(cold.map(({ kpa }) => kpa[w])), ambientC));
}

function perWheel<T>(of: (wheel: 0 | 1 | 2 | 3) => T): PerWheel<T> {
  return [of(0), of(1), of(2), of(3)];
}

interface Episode {
  readonly first: TyreLeak;
  readonly from: number;
  to: number;
}

/** Leaks and inflations in order of their days; a leak's first day knows nothing younger. */
export function tyreEvents(days: readonly TyreDay[]): TyreEvent[] {
  const open = new Map<Wheel, Episode>();
  const closed: TyreEvent[] = [];
  const all = findInflations(days);
  for (const [i, { dayNumber }] of days.entries()) {
    const verdict = detectLeaks(days.slice(0, i + 1));
    for (const [wheel, episode] of open) {
      if (dayNumber - episode.to <= EPISODE_GAP_DAYS && !isInflated(verdict.inflations, wheel, episode.to)) continue;
      closed.push(leakEvent(wheel, episode, days, all));
      open.delete(wheel);
    }
    for (const leak of verdict.leaks) {
      const episode = open.get(leak.wheel);
      if (episode === undefined) open.set(leak.wheel, { first: leak, from: dayNumber, to: dayNumber });
      else episode.to = dayNumber;
    }
  }
  const still = [...open].map(([wheel, episode]) => leakEvent(wheel, episode, days, all));
  return [...closed, ...still, ...all.map(inflatedEvent)].sort((a, b) => (a.at < b.at ? -1 : 1));
}

function isInflated(inflations: readonly Inflation[], wheel: Wheel, after: number): boolean {
  return inflations.some((one) => one.dayNumber > after && one.wheels.includes(wheel));
}

function leakEvent(wheel: Wheel, { first, from, to }: Episode, days: readonly TyreDay[], inflations: readonly Inflation[]): TyreEvent {
  const { lossKpaPerDay: loss, halfWidthKpaPerDay: half, coldKpa, pace } = first;
  const w = WHEELS.indexOf(wheel);
  const before = days.filter((day) => day.dayNumber <= from).flatMap((day) => day.coldKpa?.[w] ?? []);
  const left = coldKpa === null ? null : Math.max(0, Math.round((coldKpa - LIMIT_SHARE * median(before)) / loss));
  const filled = inflations.find((one) => one.dayNumber > from && one.wheels.includes(wheel))?.dayNumber ?? null;
  const after = days.filter((day) => day.dayNumber >= from && day.dayNumber < (filled ?? Number.POSITIVE_INFINITY) && day.coldKpa !== null);
  const lowest = after.reduce<TyreDay | null>(
    (low, day) => ((day.coldKpa?.[w] ?? 0) < (low?.coldKpa?.[w] ?? Number.POSITIVE_INFINITY) ? day : low),
    null,
  );
  const how = pace === "fast" ? "against the other tyres" : "cold, at 25 °C, and more than the other tyres";
  return {
    kind: "tyre_leak",
    wheel,
    at: isoDay(from),
    until: isoDay(to),
    pace,
    loss_kpa_per_day: round(loss),
    loss_low80: round(loss - half),
    loss_high80: round(loss + half),
    since: isoDay(first.sinceDayNumber),
    cold_kpa: coldKpa === null ? null : round(coldKpa),
    days_to_limit: left,
    inflated_on: filled === null ? null : isoDay(filled),
    lowest_kpa: lowest === null ? null : round(lowest.coldKpa?.[w] ?? 0),
    lowest_on: lowest === null ? null : isoDay(lowest.dayNumber),
    reason: `loses ${loss.toFixed(2)} kPa a day ${how}, over ${first.days} days of data; natural is at most 0.20`,
  };
}

function inflatedEvent({ dayNumber, wheels, riseKpa }: Inflation): TyreEvent {
  return { kind: "tyre_inflated", wheels, at: isoDay(dayNumber), rise_kpa: round(riseKpa) };
}

const round = (kpa: number): number => Math.round(kpa * 100) / 100;
const isoDay = (dayNumber: number): string => new Date(dayNumber * 86_400_000).toISOString().slice(0, 10);
