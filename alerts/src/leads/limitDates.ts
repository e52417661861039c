import type { Evidence } from "@bellwether/contracts/finding";

/** When a value that moves is likely to reach the limit beyond which the car should not be used on, ms since 1970 UTC. */
export interface LimitDates {
  readonly earliestMs: number;
  readonly centralMs: number;
  /** Null: perhaps never. */
  readonly latestMs: number | null;
}

const DAY_MS = 86_400_000;
/** A limit years away is no date to plan a visit by. */
const DAYS_MAX = 730;

/**
 * From the readings of a detector that extrapolates: `days_to_limit` from the end of its evidence, with `..._earliest` and
 * `..._latest` where it says how sure it is. Null for findings that are no course of something.
 */
export function limitDates({ to, readings }: Pick<Evidence, "to" | "readings">): LimitDates | null {
  const central = daysOf(readings["days_to_limit"]);
  if (central === null || central > DAYS_MAX) return null;
  const earliest = Math.min(central, daysOf(readings["days_to_limit_earliest"]) ?? central);
  const latest = daysOf(readings["days_to_limit_latest"]);
  const toMs = Date.parse(to);
  return {
    earliestMs: toMs + earliest * DAY_MS,
    centralMs: toMs + central * DAY_MS,
    latestMs: latest === null ? null : toMs + Math.max(central, latest) * DAY_MS,
  };
}

function daysOf(reading: unknown): number | null {
  return typeof reading === "number" && reading >= 0 ? reading : null;
}
