/**
 * The life of each trouble code of one car: pending, confirmed, active, healed; episodes, recurrence. A code that toggles within
 * a day or is reported on neighbouring days is one episode (methods 5.1: set to clear, or 24 hours of silence).
 */
import { addDays, type Day, daysBetween } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import { hasBit } from "./codeBits.ts";

export const CODE_STATES = ["pending", "confirmed", "active", "healed"] as const;
export type CodeState = (typeof CODE_STATES)[number];

export interface CodeLife {
  /** `system:code`. */
  readonly key: string;
  readonly state: CodeState;
  /** Whether it came back: so many episodes within 30 days. */
  readonly isRecurring: boolean;
  readonly episodes: number;
  /** Of them, begun within the last 30 days. */
  readonly recentEpisodes: number;
  readonly firstDay: Day;
  readonly lastDay: Day;
  /** First day of the present or last episode. */
  readonly episodeDay: Day;
  readonly isLampOn: boolean;
  /** Day and whether it was reported, for the chart. */
  readonly days: readonly Day[];
}

const WINDOW_DAYS = 30;
/** What makes a code one that comes back, and one that has gone. */
export interface CodeLifeSettings {
  /** Episodes within 30 days from which a code counts as coming back. */
  readonly recurringEpisodes: number;
  /** Days without the code after which it counts as healed although the car never said so. */
  readonly silentDays: number;
}
export const CODE_LIFE_DEFAULTS: CodeLifeSettings = { recurringEpisodes: 3, silentDays: 14 };

/** Every code of `days` (family `codes`, sorted) as of the evening of `today`. */
export function codeLives(days: readonly DayFeatures[], today: Day, settings: CodeLifeSettings = CODE_LIFE_DEFAULTS): readonly CodeLife[] {
  const byCode = new Map<string, { day: Day; bits: number }[]>();
  for (const { day, values } of days) {
    for (const [key, bits] of Object.entries(values)) {
      const seen = byCode.get(key) ?? [];
      seen.push({ day, bits });
      byCode.set(key, seen);
    }
  }
  return [...byCode].map(([key, seen]) => lifeOf(key, seen, today, settings)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function lifeOf(
  key: string,
  seen: readonly { readonly day: Day; readonly bits: number }[],
  today: Day,
  { recurringEpisodes, silentDays }: CodeLifeSettings,
): CodeLife {
  const starts = seen.filter(({ day, bits }, i) => isStart(seen[i - 1], day, bits)).map(({ day }) => day);
  const last = seen.at(-1);
  const lastDay = last?.day ?? today;
  const recent = starts.filter((day) => day > addDays(today, -WINDOW_DAYS));
  return {
    key,
    state: stateOf(seen, starts.length, last !== undefined && daysBetween(last.day, today) >= silentDays),
    isRecurring: recent.length >= recurringEpisodes,
    episodes: starts.length,
    recentEpisodes: recent.length,
    firstDay: seen[0]?.day ?? today,
    lastDay,
    episodeDay: starts.at(-1) ?? lastDay,
    isLampOn: hasBit(last?.bits ?? 0, "lamp"),
    days: seen.map(({ day }) => day),
  };
}

/** An episode begins with a code's first day, after a day of silence, or after the car said that it had gone. */
function isStart(before: { readonly day: Day; readonly bits: number } | undefined, day: Day, bits: number): boolean {
  if (isOnlyGone(bits)) return false;
  return before === undefined || daysBetween(before.day, day) > 1 || hasBit(before.bits, "goneAtEnd");
}

function isOnlyGone(bits: number): boolean {
  return hasBit(bits, "goneAtEnd") && !hasBit(bits, "confirmed") && !hasBit(bits, "pendingOnly");
}

function stateOf(seen: readonly { readonly day: Day; readonly bits: number }[], episodes: number, isSilent: boolean): CodeState {
  const last = seen.at(-1);
  if (last === undefined || hasBit(last.bits, "goneAtEnd") || isSilent) return "healed";
  if (hasBit(last.bits, "activeAtEnd")) return "active";
  if (hasBit(last.bits, "confirmed") || hasBit(last.bits, "lamp")) return "confirmed";
  // Without a status from the car, a code seen in a second episode or on a second day is taken as confirmed, as OBD does.
  if (hasBit(last.bits, "pendingOnly")) return episodes >= 2 ? "confirmed" : "pending";
  return seen.length >= 2 ? "confirmed" : "pending";
}
