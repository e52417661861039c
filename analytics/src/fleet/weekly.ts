import { type Day, mondayOf } from "../engine/days.ts";

/** What the weeks before a day's own taught: learnt once per week, kept in a table and the same ever after, however days are batched. */
export interface Weekly<T> {
  on(day: Day, nowMs: number): Promise<T>;
}

/**
 * @param read what has been learnt before the week that begins on a Monday, which may be nothing; null: nobody has learnt yet
 * @param learn writes it, so that `read` finds it
 */
export function createWeekly<T>(
  nothing: T,
  {
    read,
    learn,
  }: { readonly read: (week: Day) => Promise<{ readonly learnt: T } | null>; readonly learn: (week: Day, nowMs: number) => Promise<void> },
): Weekly<T> {
  let known: { readonly week: Day; readonly learnt: T } = { week: "", learnt: nothing };
  return {
    async on(day, nowMs) {
      const week = mondayOf(day);
      if (known.week === week) return known.learnt;
      const kept = await read(week);
      if (kept === null) await learn(week, nowMs);
      const found = kept ?? (await read(week));
      known = { week, learnt: found === null ? nothing : found.learnt };
      return known.learnt;
    },
  };
}
