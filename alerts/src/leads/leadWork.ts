import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { Component } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";

/** What confirmed visits took when the same sources had spoken: how likely each part is needed, and what else workshops did. */

/** What a visit took; null: the workshop did not say. */
export interface WorkDone {
  readonly partsUsed: readonly string[] | null;
  readonly operationsDone: readonly string[] | null;
}

export interface BilingualList {
  readonly en: readonly string[];
  readonly zh: readonly string[];
}

interface NamedUse {
  readonly en: string;
  readonly zh: string;
  /** Visits whose work is known, and those that took it. */
  readonly visits: number;
  readonly used: number;
  /** Null while too few visits are known; `basis` then says `unknown`. */
  readonly probability: number | null;
  /** 90 % interval. */
  readonly low: number | null;
  readonly high: number | null;
  readonly basis: "confirmed_visits" | "unknown";
}

export interface LeadWork {
  readonly partsNeeded: readonly NamedUse[];
  readonly operationsSuggested: readonly NamedUse[];
  /** What workshops did or used beside what the rule suggests, most often first. */
  readonly alternatives: readonly {
    readonly kind: "operation" | "part";
    readonly name: string;
    readonly visits: number;
    readonly used: number;
  }[];
}

/** Fewer visits say nothing about a part. */
const VISITS_MIN = 5;
const ALTERNATIVES_MAX = 5;
const VISITS_MAX = 2000;

const workRow = z.object({ parts: z.array(z.string()).nullable(), operations: z.array(z.string()).nullable() });

type Visit = z.infer<typeof workRow>;

/** What the latest confirmed visits took where one of the sources had spoken. */
export function readVisits(db: Queryable, component: Component, sources: readonly string[]): Promise<readonly Visit[]> {
  return db.query(
    `SELECT l.parts_used AS parts, l.operations_done AS operations FROM leads l
     WHERE l.component = $1 AND l.outcome = 'confirmed' AND (l.parts_used IS NOT NULL OR l.operations_done IS NOT NULL)
       AND EXISTS (SELECT 1 FROM alert_findings f WHERE f.alert_id = l.alert_id AND f.finding #>> '{source,id}' = ANY ($2))
     ORDER BY l.closed_at DESC LIMIT ${VISITS_MAX}`,
    [component, [...sources]],
    workRow,
  );
}

/** Counts, pure. A part is the same part when its name is, in either language, whatever its letters' case. */
export function workOf(about: { readonly parts: BilingualList; readonly operations: BilingualList }, visits: readonly Visit[]): LeadWork {
  const partLists = visits.flatMap(({ parts }) => (parts === null ? [] : [namesOf(parts)]));
  const operationLists = visits.flatMap(({ operations }) => (operations === null ? [] : [namesOf(operations)]));
  const alternatives = [
    ...othersIn(operationLists, about.operations).map((other) => ({ kind: "operation" as const, ...other })),
    ...othersIn(partLists, about.parts).map((other) => ({ kind: "part" as const, ...other })),
  ];
  return {
    partsNeeded: usesOf(about.parts, partLists),
    operationsSuggested: usesOf(about.operations, operationLists),
    alternatives: alternatives.toSorted((a, b) => b.used - a.used || a.name.localeCompare(b.name)).slice(0, ALTERNATIVES_MAX),
  };
}

/** Names of one visit by their folded form: the same part twice is one use. */
function namesOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [fold(name), name.trim()]));
}

function fold(name: string): string {
  return name.trim().toLowerCase();
}

function usesOf({ en, zh }: BilingualList, lists: readonly ReadonlyMap<string, string>[]): readonly NamedUse[] {
  return en.map((name, i) => {
    const names = { en: name, zh: zh[i] ?? name };
    const visits = lists.length;
    const used = lists.filter((list) => list.has(fold(names.en)) || list.has(fold(names.zh))).length;
    if (visits < VISITS_MIN) return { ...names, visits, used, probability: null, low: null, high: null, basis: "unknown" };
    const [low, high] = wilsonInterval(used, visits);
    return { ...names, visits, used, probability: used / visits, low, high, basis: "confirmed_visits" };
  });
}

function othersIn(lists: readonly ReadonlyMap<string, string>[], { en, zh }: BilingualList) {
  const suggested = new Set([...en, ...zh].map(fold));
  const counted = new Map<string, { name: string; visits: number; used: number }>();
  for (const list of lists) {
    for (const [folded, name] of list) {
      if (suggested.has(folded)) continue;
      const seen = counted.get(folded);
      counted.set(folded, { name: seen?.name ?? name, visits: lists.length, used: (seen?.used ?? 0) + 1 });
    }
  }
  return [...counted.values()];
}
