/**
 * Probability that a unit fails within a horizon, judged whenever it sets a trouble code: a discrete-time hazard by ridge logistic
 * regression on what is active, what was set together, the hour, the age of each part and of the unit, and whether the next regular
 * visit is due (methods 5.2, 5.3, A11).
 */
import { mean, sampleStandardDeviation } from "simple-statistics";
import { logistic, logisticRegression } from "../stats/logisticRegression.ts";
import { type LinearModel, linearPredictor } from "../stats/ridgeRegression.ts";
import type { CodeInstant } from "./codeInstants.ts";

export interface LabelledInstant {
  readonly instant: CodeInstant;
  /** Age of the unit in years, null when unknown. */
  readonly unitAgeYears: number | null;
  /** Whether the unit failed within the horizon after the instant. */
  readonly failed: boolean;
}

interface Scale {
  readonly centre: number;
  readonly spread: number;
}

export interface CodeRiskModel {
  readonly codes: readonly string[];
  /** Pairs of codes seen together often enough to be learnt, each in the order of `codes`. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly parts: readonly string[];
  readonly partAge: readonly Scale[];
  readonly unitAge: Scale;
  /** Days from one visit to the next where most units keep to it; null: no rhythm. */
  readonly visitDays: number | null;
  /** For units of which at least one replacement is known... */
  readonly linear: LinearModel;
  /** ...and for those of which none is: whether a visit is due and how worn they are is then not average but unknown. */
  readonly withoutParts: LinearModel | null;
}

type Shape = Omit<CodeRiskModel, "linear" | "withoutParts">;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A pair seen less often stays with what its codes say each on its own. */
const PAIR_MIN = 5;
/** A rhythm of visits: this share of the whole days between two of them is the same, and they are enough to say so. */
const RHYTHM_SHARE = 0.3;
const RHYTHM_GAPS_MIN = 20;
/** Shrinks each log odds ratio towards 0 as one pseudo-observation or so would; chosen by cross-validation over units. */
const PENALTY = 0.5;

/**
 * Learns the model from instants of many units. Null when there is none. What is unknown of a unit (part never replaced, age
 * missing) counts as average; a unit without any known replacement is judged by a model of its own that was taught without them, so
 * a table that is missing altogether takes information away but does no harm.
 */
export function learnCodeRisk(history: readonly LabelledInstant[]): CodeRiskModel | null {
  const codes = [...new Set(history.flatMap(({ instant }) => instant.active))].sort();
  const parts = [...new Set(history.flatMap(({ instant }) => [...instant.partAgeMs.keys()]))].sort();
  const shape = {
    codes,
    pairs: frequentPairs(history, codes),
    parts,
    partAge: parts.map((part) => scaleOf(history.flatMap(({ instant }) => logAges(instant.partAgeMs.get(part))))),
    unitAge: scaleOf(history.flatMap(({ unitAgeYears }) => (unitAgeYears === null ? [] : [unitAgeYears]))),
    visitDays: visitRhythm(history),
  };
  const serviced = history.filter(({ instant }) => instant.partAgeMs.size > 0);
  const withoutParts = fitted(shape, history.map(unserviced));
  const linear = serviced.some(({ failed }) => failed) ? fitted(shape, serviced) : withoutParts;
  return linear === null ? null : { ...shape, linear, withoutParts };
}

/** Probability in 0..1 that the unit fails within the horizon the model was learnt for. */
export function codeRisk(model: CodeRiskModel, instant: CodeInstant, unitAgeYears: number | null): number {
  const linear = instant.partAgeMs.size > 0 ? model.linear : (model.withoutParts ?? model.linear);
  return logistic(linearPredictor(linear, featuresOf(model, instant, unitAgeYears)));
}

function fitted(shape: Shape, history: readonly LabelledInstant[]): LinearModel | null {
  const rows = history.map(({ instant, unitAgeYears }) => featuresOf(shape, instant, unitAgeYears));
  const outcomes = history.map(({ failed }) => (failed ? 1 : 0));
  return logisticRegression(rows, outcomes, PENALTY);
}

/** The same case as somebody sees it who has no record of replacements. */
function unserviced(one: LabelledInstant): LabelledInstant {
  return { ...one, instant: { ...one.instant, partAgeMs: new Map() } };
}

function featuresOf(shape: Shape, instant: CodeInstant, unitAgeYears: number | null): number[] {
  const active = new Set(instant.active);
  const now = new Set(instant.now);
  const hour = Math.floor((((instant.atMs % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS);
  return [
    ...shape.codes.map((code) => Number(active.has(code))),
    ...shape.codes.map((code) => Number(now.has(code))),
    ...shape.pairs.map(([a, b]) => Number(active.has(a) && active.has(b))),
    Number(now.size > 1),
    // Faults of one origin keep hours: cold starts, shift changes, the nightly self-test.
    ...Array.from({ length: 24 }, (_, h) => Number(h === hour)),
    ...shape.parts.map((part, i) => standardised(logAges(instant.partAgeMs.get(part))[0], shape.partAge[i])),
    standardised(unitAgeYears ?? undefined, shape.unitAge),
    Number(isVisitDue(shape.visitDays, instant)),
  ];
}

/** Whether a unit that keeps to the rhythm is at the workshop within a day: what is worn is often found, and counted, there. */
function isVisitDue(visitDays: number | null, { partAgeMs }: CodeInstant): boolean {
  if (visitDays === null || partAgeMs.size === 0) return false;
  const sinceMs = Math.min(...partAgeMs.values());
  return visitDays * DAY_MS - (sinceMs % (visitDays * DAY_MS)) <= DAY_MS;
}

/** The commonest number of whole days between a unit's visits, as far as its instants know of them. */
function visitRhythm(history: readonly LabelledInstant[]): number | null {
  const visits = new Map<string, Set<number>>();
  for (const { instant } of history) {
    const own = visits.get(instant.unit) ?? new Set<number>();
    for (const ageMs of instant.partAgeMs.values()) own.add(instant.atMs - ageMs);
    visits.set(instant.unit, own);
  }
  const gaps = [...visits.values()].flatMap((own) => gapsOf([...own].sort((a, b) => a - b)));
  const counts = new Map<number, number>();
  for (const days of gaps) counts.set(days, (counts.get(days) ?? 0) + 1);
  const [days, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0]);
  return days >= 2 && gaps.length >= RHYTHM_GAPS_MIN && count >= RHYTHM_SHARE * gaps.length ? days : null;
}

function gapsOf(visitsMs: readonly number[]): number[] {
  return visitsMs.slice(1).map((atMs, i) => Math.round((atMs - (visitsMs[i] ?? atMs)) / DAY_MS));
}

function frequentPairs(history: readonly LabelledInstant[], codes: readonly string[]): (readonly [string, string])[] {
  const counts = new Map<string, number>();
  for (const { instant } of history) {
    for (const [i, a] of instant.active.entries()) {
      for (const b of instant.active.slice(i + 1)) counts.set(JSON.stringify([a, b]), (counts.get(JSON.stringify([a, b])) ?? 0) + 1);
    }
  }
  return codes.flatMap((a, i) =>
    codes
      .slice(i + 1)
      .filter((b) => (counts.get(JSON.stringify([a, b])) ?? 0) >= PAIR_MIN)
      .map((b): readonly [string, string] => [a, b]),
  );
}

/** Age on a log scale, where wear-out differs by ratio; empty when unknown. */
function logAges(ageMs: number | undefined): number[] {
  return ageMs === undefined ? [] : [Math.log1p(ageMs / DAY_MS)];
}

function scaleOf(values: readonly number[]): Scale {
  return values.length < 2 ? { centre: 0, spread: 1 } : { centre: mean([...values]), spread: sampleStandardDeviation([...values]) || 1 };
}

function standardised(value: number | undefined, scale: Scale | undefined): number {
  return value === undefined || scale === undefined ? 0 : (value - scale.centre) / scale.spread;
}
