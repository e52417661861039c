import type { Outcome } from "@bellwether/contracts/alert";

/** A finding and a label, as far as their relation is concerned. */
export interface FindingSpan {
  readonly id: string;
  readonly vin: string;
  readonly component: string;
  readonly firstMs: number;
}
export interface SourcedLabel {
  readonly vin: string;
  readonly component: string;
  readonly outcome: Outcome;
  readonly givenBy: string;
  readonly atMs: number;
}

export interface SourceQuality {
  readonly source: string;
  readonly labels: number;
  readonly confirmed: number;
  readonly noFaultFound: number;
  /** Labels that another one contradicts within a day. */
  readonly conflicting: number;
  readonly delayDaysMedian: number | null;
  /** Findings this source said something about. */
  readonly findingsLabelled: number;
}

const DAY_MS = 86_400_000;
/** As in the scoring of back-tests. */
const CONFLICT_MS = DAY_MS;
/** A label later than this says nothing about a finding any more. */
const ABOUT_MS = 120 * DAY_MS;

/** How good the labels of each source are: contradictions, delay from finding to label, findings spoken about. Cost: n log n over both. */
export function labelQuality(findings: readonly FindingSpan[], labels: readonly SourcedLabel[]): readonly SourceQuality[] {
  const findingsOf = indexed(findings);
  const labelsOf = indexed(labels);
  const sources = [...new Set(labels.map(sourceOf))].sort();
  return sources.map((source) => {
    const own = labels.filter((label) => sourceOf(label) === source);
    const about = own.flatMap((label) => {
      const finding = latestBefore(findingsOf.get(placeOf(label)) ?? [], label.atMs);
      return finding === null ? [] : [{ id: finding.id, delayDays: (label.atMs - finding.firstMs) / DAY_MS }];
    });
    return {
      source,
      labels: own.length,
      confirmed: own.filter(({ outcome }) => outcome === "confirmed").length,
      noFaultFound: own.filter(({ outcome }) => outcome === "no_fault_found").length,
      conflicting: own.filter((label) => isContradicted(label, labelsOf.get(placeOf(label)) ?? [])).length,
      delayDaysMedian: about.length === 0 ? null : median(about.map(({ delayDays }) => delayDays)),
      findingsLabelled: new Set(about.map(({ id }) => id)).size,
    };
  });
}

/** Imports by the name of their system, people by what they are. */
function sourceOf({ givenBy }: SourcedLabel): string {
  return givenBy.startsWith("import:") ? givenBy : (givenBy.split(":", 1)[0] ?? givenBy);
}

function placeOf({ vin, component }: { readonly vin: string; readonly component: string }): string {
  return `${vin}/${component}`;
}

function indexed<T extends { readonly vin: string; readonly component: string }>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(placeOf(item));
    if (group === undefined) groups.set(placeOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function latestBefore(findings: readonly FindingSpan[], atMs: number): FindingSpan | null {
  const before = findings.filter(({ firstMs }) => firstMs <= atMs && atMs - firstMs <= ABOUT_MS);
  return before.toSorted((a, b) => b.firstMs - a.firstMs)[0] ?? null;
}

function isContradicted({ outcome, atMs }: SourcedLabel, others: readonly SourcedLabel[]): boolean {
  const opposite = outcome === "confirmed" ? "no_fault_found" : outcome === "no_fault_found" ? "confirmed" : null;
  return opposite !== null && others.some((other) => other.outcome === opposite && Math.abs(other.atMs - atMs) < CONFLICT_MS);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN];
  return (low + high) / 2;
}
