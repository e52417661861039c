import { type Day, dayOf } from "../engine/days.ts";
import type { RuleSnapshot } from "../engine/state.ts";
import type { Run } from "./episodes.ts";
import type { ChangeRow } from "./runs.ts";

type Tally = RuleSnapshot["tally"];

/** Counts per day how many rows were judged and, per rule, how many could not be. */
export interface TallyCounter {
  readonly days: Tally;
  unknown(ruleId: string, run: Run): void;
}

/** Continues a tally with a vehicle's change rows; every run lies within one day. */
export function addTally(before: Tally, rows: readonly ChangeRow[], offsetMinutes: number): TallyCounter {
  const days: Tally = structuredClone(before);
  const of = (day: Day) => {
    const known = days[day] ?? { rows: 0, unknown: {} };
    days[day] = known;
    return known;
  };
  rows.forEach((row, index) => {
    of(dayOf(row.atMs, offsetMinutes)).rows += (rows[index + 1]?.n ?? row.n + 1) - row.n;
  });
  return {
    days,
    unknown(ruleId, run) {
      const { unknown } = of(dayOf(run.fromMs, offsetMinutes));
      unknown[ruleId] = (unknown[ruleId] ?? 0) + run.samples;
    },
  };
}

/** From this share of undecided rows a day counts as not evaluated for a rule. */
const UNKNOWN_SHARE = 0.5;

/** Rules that could not be decided for at least half of the day's rows, with the number of rows. */
export function unjudgedRules(tally: Tally, day: Day): readonly { readonly ruleId: string; readonly samples: number }[] {
  const counts = tally[day];
  if (counts === undefined) return [];
  return Object.entries(counts.unknown).flatMap(([ruleId, samples]) =>
    samples >= counts.rows * UNKNOWN_SHARE ? [{ ruleId, samples }] : [],
  );
}
