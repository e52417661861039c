import type { Component } from "@bellwether/contracts/finding";
import type { Vin } from "@bellwether/contracts/vin";

/** How strong a fault is at a time; between two points it changes linearly, outside them it stays. */
export interface CoursePoint {
  readonly atMs: number;
  readonly magnitude: number;
}

/** What an engine that watches the car ought to say about the fault, and by when. */
export interface Expectation {
  /** Any of these rules or detectors may be the one that finds it. */
  readonly sourceIds: readonly string[];
  readonly byMs: number;
}

/** A fault the simulator put into a car, with everything needed to judge findings about it. */
export interface PlantedFault {
  readonly vin: Vin;
  readonly kind: string;
  readonly component: Component;
  /** 1-based, where the fault is in one cell. */
  readonly cell: number | null;
  /** 1-based, where the fault is at one temperature probe. */
  readonly probe: number | null;
  /** Which of several like parts, from 0, where the kind has such: a wheel, an axle. */
  readonly place?: number;
  readonly startMs: number;
  readonly course: readonly CoursePoint[];
  readonly unit: string;
  /** Null where no finding is required: the fault is there to mislead. */
  readonly expected: Expectation | null;
  /** Findings about these components of this car are consequences of the fault, not false alarms. */
  readonly explains: readonly Component[];
  readonly sentence: string;
}

/** The part of a finding that scoring needs; contracts' `Finding` fits. */
export interface ScoredFinding {
  readonly vin: string;
  readonly source: { readonly id: string };
  readonly component: Component;
  readonly firstSeen: string;
  readonly cell: number | null;
}

export type FaultVerdict = "found" | "missed" | "pending" | "not_required";

export interface FaultScore<F extends ScoredFinding> {
  readonly fault: PlantedFault;
  readonly verdict: FaultVerdict;
  /** The earliest finding that names the fault, whoever made it. */
  readonly finding: F | null;
  /** From the start of the fault to that finding. */
  readonly daysToDetection: number | null;
  /** Whether that finding came in time. */
  readonly isInTime: boolean;
}

export interface KindScore {
  readonly kind: string;
  readonly planted: number;
  readonly found: number;
  readonly missed: number;
  readonly pending: number;
  readonly medianDaysToDetection: number | null;
}

export interface TruthScore<F extends ScoredFinding> {
  readonly faults: readonly FaultScore<F>[];
  readonly byKind: readonly KindScore[];
  readonly found: number;
  readonly missed: number;
  readonly pending: number;
  /** Findings about cars or components where nothing was planted. */
  readonly falseFindings: readonly F[];
}

const DAY_MS = 86_400_000;
/** Findings are dated by the day they rest on; the start of that day may lie before the fault. */
const DATING_TOLERANCE_MS = DAY_MS;

/** Strength of the fault at a time, by linear interpolation of its course; the first point's value before it. */
export function magnitudeAt(fault: PlantedFault, timeMs: number): number {
  let before = fault.course[0];
  if (before === undefined || timeMs <= before.atMs) return before?.magnitude ?? 0;
  for (const after of fault.course) {
    if (timeMs < after.atMs) {
      return before.magnitude + ((after.magnitude - before.magnitude) * (timeMs - before.atMs)) / (after.atMs - before.atMs);
    }
    before = after;
  }
  return before.magnitude;
}

/** Integral of the fault's strength from its start to a time, in magnitude × hours; 0 before the start. */
export function magnitudeHours(fault: PlantedFault, timeMs: number): number {
  let total = 0;
  let fromMs = fault.startMs;
  const stops = fault.course.map((point) => point.atMs).filter((atMs) => atMs > fault.startMs && atMs < timeMs);
  for (const toMs of [...stops, timeMs]) {
    if (toMs <= fromMs) continue;
    total += ((magnitudeAt(fault, fromMs) + magnitudeAt(fault, toMs)) / 2) * ((toMs - fromMs) / 3_600_000);
    fromMs = toMs;
  }
  return total;
}

/**
 * Compares findings with what was planted.
 * @param nowMs event time reached so far; a fault whose deadline lies ahead and that nobody found yet is `pending`
 * @returns a verdict per fault, totals per kind, and the findings nothing explains; empty lists on empty input
 */
export function scoreFindings<F extends ScoredFinding>(
  truth: readonly PlantedFault[],
  findings: readonly F[],
  options: { readonly nowMs: number },
): TruthScore<F> {
  const faults = truth.map((fault) => scoreFault(fault, findings, options.nowMs));
  const count = (verdict: FaultVerdict): number => faults.filter((f) => f.verdict === verdict).length;
  return {
    faults,
    byKind: [...new Set(truth.map((fault) => fault.kind))].map((kind) => scoreKind(kind, faults)),
    found: count("found"),
    missed: count("missed"),
    pending: count("pending"),
    falseFindings: findings.filter((finding) => !truth.some((fault) => explains(fault, finding))),
  };
}

function scoreFault<F extends ScoredFinding>(fault: PlantedFault, findings: readonly F[], nowMs: number): FaultScore<F> {
  const hits = findings.filter((finding) => names(fault, finding)).sort((a, b) => Date.parse(a.firstSeen) - Date.parse(b.firstSeen));
  const finding = hits[0] ?? null;
  const seenMs = finding === null ? null : Date.parse(finding.firstSeen);
  return {
    fault,
    verdict: verdictOf(fault, finding !== null, nowMs),
    finding,
    daysToDetection: seenMs === null ? null : Math.max(0, seenMs - fault.startMs) / DAY_MS,
    isInTime: seenMs !== null && fault.expected !== null && seenMs <= fault.expected.byMs,
  };
}

function verdictOf(fault: PlantedFault, isFound: boolean, nowMs: number): FaultVerdict {
  if (isFound) return "found";
  if (fault.expected === null) return "not_required";
  return nowMs >= fault.expected.byMs ? "missed" : "pending";
}

/** Whether the finding says what is wrong: the right car, the right component or an expected source, and the right cell. */
function names(fault: PlantedFault, finding: ScoredFinding): boolean {
  const isSubject = finding.component === fault.component || (fault.expected?.sourceIds.includes(finding.source.id) ?? false);
  const isPlace = fault.cell === null || finding.cell === null || finding.cell === fault.cell;
  return isSubject && isPlace && isAfterStart(fault, finding);
}

function explains(fault: PlantedFault, finding: ScoredFinding): boolean {
  if (names(fault, finding)) return true;
  const isOtherCell = fault.cell !== null && finding.cell !== null && finding.cell !== fault.cell;
  return fault.explains.includes(finding.component) && !isOtherCell && isAfterStart(fault, finding);
}

function isAfterStart(fault: PlantedFault, finding: ScoredFinding): boolean {
  return finding.vin === fault.vin && Date.parse(finding.firstSeen) >= fault.startMs - DATING_TOLERANCE_MS;
}

function scoreKind<F extends ScoredFinding>(kind: string, all: readonly FaultScore<F>[]): KindScore {
  const faults = all.filter((score) => score.fault.kind === kind);
  const days = faults.flatMap((score) => (score.daysToDetection === null ? [] : [score.daysToDetection])).sort((a, b) => a - b);
  const count = (verdict: FaultVerdict): number => faults.filter((f) => f.verdict === verdict).length;
  return {
    kind,
    planted: faults.length,
    found: count("found"),
    missed: count("missed"),
    pending: count("pending"),
    medianDaysToDetection: days[Math.floor(days.length / 2)] ?? null,
  };
}
