/** The discrete-time hazard of `codeRisk.ts` for repairs of a fleet's cars: when it is worth using, and how sure its probabilities are. */
import { z } from "zod";
import type { LinearModel } from "../stats/ridgeRegression.ts";
import { wilsonInterval } from "../stats/wilsonInterval.ts";
import type { CodeInstant } from "./codeInstants.ts";
import { type CodeRiskModel, codeRisk, type LabelledInstant, learnCodeRisk } from "./codeRisk.ts";

const scale = z.object({ centre: z.number(), spread: z.number() });
const linearModel = z.object({ intercept: z.number(), coefficients: z.array(z.number()) });
/** What is kept of it, as JSON. */
export const repairRiskSchema = z.object({
  model: z.object({
    codes: z.array(z.string()),
    pairs: z.array(z.tuple([z.string(), z.string()])),
    parts: z.array(z.string()),
    partAge: z.array(scale),
    unitAge: scale,
    visitDays: z.number().nullable(),
    linear: linearModel,
    /** Null in rows learnt before 2026-11-22. */
    withoutParts: linearModel.nullable().default(null),
  }),
  /** On vehicles that were not learnt from, by rising probability: up to which, how many cases, how many followed by a repair. */
  bins: z.array(z.object({ upTo: z.number(), cases: z.number(), followed: z.number() })),
  cases: z.number(),
  followed: z.number(),
});
export type RepairRisk = z.infer<typeof repairRiskSchema>;

/** Rarer codes are left out: one vehicle's luck. */
const CODE_MIN = 5;
/** Bounds the week's learning, O(cases x codes^2). */
const CODES_MAX = 60;
const FOLLOWED_MIN = 20;
const BINS = 5;

/**
 * The hazard, or null where it is not worth having: fewer than 20 repairs, or on the half of the vehicles it was not learnt from its Brier
 * score is no better than that of saying the same of every case. Both halves take turns, so every case is once judged unseen.
 */
export function learnRepairRisk(history: readonly LabelledInstant[]): RepairRisk | null {
  const followed = history.filter(({ failed }) => failed).length;
  if (followed < FOLLOWED_MIN) return null;
  const cases = withFrequentCodes(history);
  const halves = splitByUnit(cases);
  const unseen = halves.flatMap((half, i) => judgeUnseen(halves[1 - i] ?? [], half));
  const share = followed / history.length;
  const brier = (probabilityOf: (one: Judged) => number) =>
    unseen.reduce((sum, one) => sum + (probabilityOf(one) - Number(one.failed)) ** 2, 0);
  if (unseen.length < cases.length || brier(({ probability }) => probability) >= brier(() => share)) return null;
  const model = learnCodeRisk(cases);
  return model === null ? null : { model: mutable(model), bins: binsOf(unseen), cases: cases.length, followed };
}

/** Probability of a repair within the window, with the 90 % interval of what followed cases judged alike. */
export function repairRiskOf(risk: RepairRisk, instant: CodeInstant, unitAgeYears: number | null) {
  const probability = codeRisk(risk.model, instant, unitAgeYears);
  const bin = risk.bins.find(({ upTo }) => probability <= upTo) ?? risk.bins.at(-1);
  const [low90, high90] = wilsonInterval(bin?.followed ?? 0, Math.max(bin?.cases ?? 0, 1));
  return {
    probability,
    low90: Math.min(low90, probability),
    high90: Math.max(high90, probability),
    cases: risk.cases,
    followed: risk.followed,
  };
}

interface Judged {
  readonly probability: number;
  readonly failed: boolean;
}

function judgeUnseen(taught: readonly LabelledInstant[], judged: readonly LabelledInstant[]): Judged[] {
  const model = learnCodeRisk(taught);
  if (model === null) return [];
  return judged.map(({ instant, unitAgeYears, failed }) => ({ probability: codeRisk(model, instant, unitAgeYears), failed }));
}

function withFrequentCodes(history: readonly LabelledInstant[]): LabelledInstant[] {
  const counts = new Map<string, number>();
  for (const { instant } of history) for (const code of instant.now) counts.set(code, (counts.get(code) ?? 0) + 1);
  const ranked = [...counts].filter(([, count]) => count >= CODE_MIN).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const kept = new Set(ranked.slice(0, CODES_MAX).map(([code]) => code));
  const only = (codes: readonly string[]) => codes.filter((code) => kept.has(code));
  return history.map((one) => ({ ...one, instant: { ...one.instant, now: only(one.instant.now), active: only(one.instant.active) } }));
}

/** Two halves by vehicle, the same on every run: every second vehicle in the order of their names. */
function splitByUnit(cases: readonly LabelledInstant[]): readonly [LabelledInstant[], LabelledInstant[]] {
  const order = new Map([...new Set(cases.map(({ instant }) => instant.unit))].sort().map((unit, i) => [unit, i % 2]));
  const half = (side: number) => cases.filter(({ instant }) => order.get(instant.unit) === side);
  return [half(0), half(1)];
}

/** Fifths of the cases by probability. */
function binsOf(unseen: readonly Judged[]): RepairRisk["bins"] {
  const sorted = unseen.toSorted((a, b) => a.probability - b.probability);
  return Array.from({ length: BINS }, (_, i) => {
    const own = sorted.slice(Math.floor((i * sorted.length) / BINS), Math.floor(((i + 1) * sorted.length) / BINS));
    return { upTo: own.at(-1)?.probability ?? 0, cases: own.length, followed: own.filter(({ failed }) => failed).length };
  });
}

function mutable(model: CodeRiskModel): RepairRisk["model"] {
  const { codes, pairs, parts, partAge, linear, withoutParts } = model;
  const copyOf = ({ intercept, coefficients }: LinearModel) => ({ intercept, coefficients: [...coefficients] });
  return {
    ...model,
    codes: [...codes],
    pairs: pairs.map(([a, b]) => [a, b]),
    parts: [...parts],
    partAge: [...partAge],
    linear: copyOf(linear),
    withoutParts: withoutParts === null ? null : copyOf(withoutParts),
  };
}
