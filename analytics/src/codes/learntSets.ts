import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { addDays, type Day, mondayOf } from "../engine/days.ts";
import { writeCodeSets } from "./codeSets.ts";

/** How often a repair followed one or two codes (table `code_sets`). */
export interface LearntSet {
  /** `system:code`, sorted. */
  readonly codes: readonly string[];
  readonly component: string;
  readonly horizonDays: number;
  readonly occurrences: number;
  readonly followed: number;
  readonly low90: number;
  readonly high90: number;
}

export interface LearntSets {
  /** What the weeks complete before the day's own taught; learnt once per week and kept, the same however days are batched. */
  on(day: Day, nowMs: number): Promise<readonly LearntSet[]>;
}

const setRow = z.object({
  codes: z.array(z.string()),
  component: z.string(),
  horizonDays: z.number(),
  occurrences: z.number(),
  followed: z.number(),
  low90: z.number(),
  high90: z.number(),
});

/** Code sets from `code_sets`, written for a week when nobody has. */
export function createLearntSets(store: ColumnStore): LearntSets {
  let known: { readonly week: Day; readonly sets: readonly LearntSet[] } = { week: "", sets: [] };
  return {
    async on(day, nowMs) {
      const week = addDays(mondayOf(day), -7);
      if (known.week === week) return known.sets;
      const kept = await readSets(store, week);
      const isLearnt = kept.length > 0 || (await writeCodeSets(store, week, nowMs)) === 0;
      known = { week, sets: isLearnt ? kept : await readSets(store, week) };
      return known.sets;
    },
  };
}

function readSets(store: ColumnStore, week: Day): Promise<readonly LearntSet[]> {
  // FINAL: a week written twice; some hundreds of rows.
  return store.query(
    `SELECT codes, component, horizon_days AS horizonDays, occurrences, followed, low90, high90
     FROM code_sets FINAL WHERE week = {week:Date} ORDER BY low90 DESC, codes, component`,
    setRow,
    { params: { week } },
  );
}
