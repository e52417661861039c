/** Which codes, alone or in pairs, precede repairs of a part, learnt from history (methods 5.2). */
import { wilsonInterval } from "../stats/wilsonInterval.ts";
import type { CodeInstant } from "./codeInstants.ts";

export interface Repair {
  readonly unit: string;
  readonly atMs: number;
  readonly part: string;
}

export interface CodeAssociation {
  /** One code or a pair, sorted. */
  readonly codes: readonly string[];
  readonly part: string;
  /** Instants at which the codes became active together, and how many of them were followed by the repair in time. */
  readonly occurrences: number;
  readonly followed: number;
  /** Share followed, with its 90 % interval. */
  readonly precision: number;
  readonly low90: number;
  readonly high90: number;
  /** Precision over the share of any window of that length that holds such a repair; by the interval's low end, too. */
  readonly lift: number;
  readonly liftLow: number;
  /** Median time from the codes to the repair, null when it never followed. */
  readonly leadMs: number | null;
}

export interface AssociationWindow {
  /** Codes of the visit itself foretell nothing: a repair counts from this long after the codes. */
  readonly leastLeadMs: number;
  readonly horizonMs: number;
  /** Observed time of all units together, for the base rate. */
  readonly exposureMs: number;
}

/**
 * One association per code or pair of codes and part that occurred at least `leastOccurrences` times, strongest low end first. An
 * instant counts for a set when it completes it: one of its codes was set then and the others were active. The window is open below
 * and closed above: `leastLeadMs` < lead <= `horizonMs`.
 * O(instants * active^2 * parts + repairs log repairs).
 */
export function codeAssociations(
  instants: Iterable<CodeInstant>,
  repairs: readonly Repair[],
  window: AssociationWindow,
  leastOccurrences = 5,
): CodeAssociation[] {
  const byUnitAndPart = repairTimes(repairs);
  const parts = [...new Set(repairs.map(({ part }) => part))].sort();
  const tallies = new Map<string, { codes: readonly string[]; part: string; occurrences: number; leadsMs: number[] }>();
  for (const instant of instants) {
    for (const part of parts) {
      const leadMs = leadOf(byUnitAndPart.get(JSON.stringify([instant.unit, part])) ?? [], instant.atMs, window);
      for (const codes of completedSets(instant)) {
        const key = JSON.stringify([codes, part]);
        const tally = tallies.get(key) ?? { codes, part, occurrences: 0, leadsMs: [] };
        tallies.set(key, tally);
        tally.occurrences += 1;
        if (leadMs !== null) tally.leadsMs.push(leadMs);
      }
    }
  }
  const baseOf = new Map(parts.map((part) => [part, baseRate(repairs.filter((repair) => repair.part === part).length, window)]));
  return [...tallies.values()]
    .filter(({ occurrences }) => occurrences >= leastOccurrences)
    .map((tally) => associationOf(tally, baseOf.get(tally.part) ?? 1))
    .sort((a, b) => b.liftLow - a.liftLow);
}

function associationOf(
  { codes, part, occurrences, leadsMs }: { codes: readonly string[]; part: string; occurrences: number; leadsMs: number[] },
  base: number,
): CodeAssociation {
  const followed = leadsMs.length;
  const precision = followed / occurrences;
  const [low90, high90] = wilsonInterval(followed, occurrences);
  const sorted = leadsMs.sort((a, b) => a - b);
  const leadMs = sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
  return { codes, part, occurrences, followed, precision, low90, high90, lift: precision / base, liftLow: low90 / base, leadMs };
}

/** Chance that a window as long as the one in use, laid anywhere, holds at least one such repair (Poisson). */
function baseRate(repairs: number, { leastLeadMs, horizonMs, exposureMs }: AssociationWindow): number {
  return 1 - Math.exp((-repairs * (horizonMs - leastLeadMs)) / exposureMs);
}

function completedSets({ active, now }: CodeInstant): string[][] {
  const isNow = new Set(now);
  const pairs = active.flatMap((a, i) => active.slice(i + 1).map((b) => [a, b]));
  return [...now.map((code) => [code]), ...pairs.filter((pair) => pair.some((code) => isNow.has(code)))];
}

function leadOf(timesMs: readonly number[], atMs: number, { leastLeadMs, horizonMs }: AssociationWindow): number | null {
  const repairedMs = timesMs.find((timeMs) => timeMs - atMs > leastLeadMs);
  return repairedMs === undefined || repairedMs - atMs > horizonMs ? null : repairedMs - atMs;
}

function repairTimes(repairs: readonly Repair[]): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { unit, part, atMs } of [...repairs].sort((a, b) => a.atMs - b.atMs)) {
    const key = JSON.stringify([unit, part]);
    const own = times.get(key);
    if (own === undefined) times.set(key, [atMs]);
    else own.push(atMs);
  }
  return times;
}
