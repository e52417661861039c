/**
 * Trouble codes and part replacements of many units as a stream of instants: what was known about a unit at the moment it set a
 * code. Events of one unit and time are one instant, since tools write codes of one cause in one go.
 */

export interface UnitEvent {
  readonly unit: string;
  readonly atMs: number;
  readonly kind: "code" | "replacement";
  /** The code, or the part family replaced. */
  readonly name: string;
}

export interface CodeInstant {
  readonly unit: string;
  readonly atMs: number;
  /** Codes set at this instant, sorted, without repeats. */
  readonly now: readonly string[];
  /** Codes set within the window up to and including this instant, sorted, without repeats. */
  readonly active: readonly string[];
  /** Time since the last replacement of each part known to have been replaced before this instant. */
  readonly partAgeMs: ReadonlyMap<string, number>;
}

interface UnitState {
  readonly lastCodeMs: Map<string, number>;
  readonly lastReplacementMs: Map<string, number>;
}

/**
 * The instants at which codes were set, from `events` sorted by time. A code is active for less than `windowMs` after it was set.
 * Replacements of the same instant are not seen by it: the order of the visit's own entries is not known. Memory: one time per
 * unit and code or part.
 */
export function* codeInstants(events: Iterable<UnitEvent>, windowMs: number): Generator<CodeInstant> {
  const units = new Map<string, UnitState>();
  for (const group of sameInstant(events)) {
    for (const [unit, own] of groupByUnit(group)) {
      const state = units.get(unit) ?? { lastCodeMs: new Map<string, number>(), lastReplacementMs: new Map<string, number>() };
      units.set(unit, state);
      const instant = observe(state, unit, own, windowMs);
      if (instant !== null) yield instant;
    }
  }
}

function observe(state: UnitState, unit: string, events: readonly UnitEvent[], windowMs: number): CodeInstant | null {
  const atMs = events[0]?.atMs ?? 0;
  const now = sortedNames(events.filter(({ kind }) => kind === "code"));
  for (const code of now) state.lastCodeMs.set(code, atMs);
  const active = [...state.lastCodeMs].filter(([, setMs]) => atMs - setMs < windowMs).map(([code]) => code);
  const partAgeMs = new Map([...state.lastReplacementMs].map(([part, replacedMs]) => [part, atMs - replacedMs]));
  for (const { kind, name } of events) if (kind === "replacement") state.lastReplacementMs.set(name, atMs);
  return now.length === 0 ? null : { unit, atMs, now, active: active.sort(), partAgeMs };
}

function* sameInstant(events: Iterable<UnitEvent>): Generator<UnitEvent[]> {
  let group: UnitEvent[] = [];
  for (const event of events) {
    if (group[0] !== undefined && event.atMs !== group[0].atMs) {
      yield group;
      group = [];
    }
    group.push(event);
  }
  if (group.length > 0) yield group;
}

function groupByUnit(events: readonly UnitEvent[]): Map<string, UnitEvent[]> {
  const groups = new Map<string, UnitEvent[]>();
  for (const event of events) {
    const group = groups.get(event.unit);
    if (group === undefined) groups.set(event.unit, [event]);
    else group.push(event);
  }
  return groups;
}

function sortedNames(events: readonly UnitEvent[]): string[] {
  return [...new Set(events.map(({ name }) => name))].sort();
}
