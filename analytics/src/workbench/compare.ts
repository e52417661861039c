import type { ColumnStore } from "@bellwether/clickhouse/store";
import { quantileSorted } from "simple-statistics";
import { seededUnit } from "../stats/seededUnit.ts";
import { planBacktest, runInDetail } from "./backtest/backtest.ts";
import type { Results } from "./backtest/results.ts";
import { decideGate, type GatePolicy } from "./gate.ts";
import { costOf, countsOf } from "./scoring/score.ts";
import type {
  BacktestReport,
  BacktestRequest,
  Comparison,
  CostProfile,
  Estimate,
  JudgedFiring,
  ScoringPolicy,
  WorkbenchOptions,
} from "./types.ts";

/**
 * Champion (A) against challenger (B) over the same window, vehicles and labels: who fired where, whether the difference
 * is more than chance, and whether the gate lets B through. Both requests must ask for the same window.
 */
export async function compareRules(
  store: ColumnStore,
  champion: BacktestRequest,
  challenger: BacktestRequest,
  gate: GatePolicy,
  options: WorkbenchOptions,
): Promise<Comparison> {
  const plan = await planBacktest(store, champion);
  const a = await runInDetail(store, plan, options);
  const b = await runInDetail(store, await planBacktest(store, { ...challenger, snapshot: plan.snapshot }), options);
  const { agreed, onlyA, onlyB } = matchFirings(a.report.firings, b.report.firings);
  const compared = {
    a: a.report,
    b: b.report,
    agreed,
    onlyA,
    onlyB,
    mcNemar: mcNemarOf(a.report, b.report),
    difference: difference(a.results, b.results, challenger),
  };
  return { ...compared, gate: decideGate(compared, gate) };
}

/** Pairs firings of the same vehicle whose episodes overlap, each once. */
export function matchFirings(a: readonly JudgedFiring[], b: readonly JudgedFiring[]): Pick<Comparison, "agreed" | "onlyA" | "onlyB"> {
  const free = new Map<string, JudgedFiring[]>();
  for (const firing of b) free.set(firing.vin, [...(free.get(firing.vin) ?? []), firing]);
  const agreed: { a: JudgedFiring; b: JudgedFiring }[] = [];
  const onlyA = a.filter((firing) => {
    const others = free.get(firing.vin) ?? [];
    const at = others.findIndex((other) => other.startMs <= firing.lastFiringMs && firing.startMs <= other.lastFiringMs);
    const [other] = at === -1 ? [] : others.splice(at, 1);
    if (other !== undefined) agreed.push({ a: firing, b: other });
    return other === undefined;
  });
  const onlyB = b.filter((firing) => free.get(firing.vin)?.includes(firing) ?? false);
  return { agreed, onlyA, onlyB };
}

function mcNemarOf(a: BacktestReport, b: BacktestReport): Comparison["mcNemar"] {
  const faultsOf = ({ firings }: BacktestReport) =>
    new Set(firings.flatMap(({ verdict, labelId }) => (verdict === "true" && labelId !== null ? [labelId] : [])));
  const [byA, byB] = [faultsOf(a), faultsOf(b)];
  const onlyA = [...byA].filter((id) => !byB.has(id)).length;
  const onlyB = [...byB].filter((id) => !byA.has(id)).length;
  return { onlyA, onlyB, p: mcNemar(onlyA, onlyB) };
}

/**
 * Exact two-sided McNemar test: probability that a fair coin divides the discordant pairs at least as unevenly. 1 without any.
 * Source: McNemar 1947; exact form by Liddell 1983. `mcNemar(1, 9)` is 0.0215.
 */
export function mcNemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k += 1) {
    tail += Math.exp(logChoose - n * Math.LN2);
    logChoose += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}

interface Pair {
  readonly a: Sums;
  readonly b: Sums;
}
interface Sums {
  readonly true: number;
  readonly false: number;
  readonly found: number;
  readonly missed: number;
  readonly saving: number;
}

/** B minus A with intervals: the same drawn vehicles for both, so that what they share cancels. */
function difference(a: Results, b: Results, { policy, cost }: BacktestRequest): Comparison["difference"] {
  const ofB = b.vehicles();
  const pairs = [...a.vehicles()].flatMap(([vin, one]): Pair[] => {
    const other = ofB.get(vin);
    return other === undefined ? [] : [{ a: sumsOf(one.judged, policy, cost), b: sumsOf(other.judged, policy, cost) }];
  });
  // Vehicles about which neither says anything and at which nothing was found change no sum.
  const telling = pairs.filter(({ a: x, b: y }) => [x, y].some((s) => s.true + s.false + s.found + s.missed > 0));
  const unit = seededUnit(policy.seed);
  const draws = Array.from({ length: telling.length < 3 ? 0 : policy.resamples }, () =>
    telling.map(() => telling[Math.floor(unit() * telling.length)]).filter((pair) => pair !== undefined),
  );
  const estimate = (of: (sums: Sums) => number | null): Estimate => {
    const minus = (drawn: readonly Pair[]) => {
      const [x, y] = [of(total(drawn.map((pair) => pair.a))), of(total(drawn.map((pair) => pair.b)))];
      return x === null || y === null ? null : y - x;
    };
    const drawn = draws.flatMap((draw) => minus(draw) ?? []).toSorted((p, q) => p - q);
    const bound = (at: number) => (drawn.length === 0 ? null : quantileSorted(drawn, at));
    return { value: minus(telling), low: bound(0.025), high: bound(0.975) };
  };
  return {
    precision: estimate((s) => (s.true + s.false === 0 ? null : s.true / (s.true + s.false))),
    recall: estimate((s) => (s.found + s.missed === 0 ? null : s.found / (s.found + s.missed))),
    saving: estimate((s) => s.saving),
  };
}

function sumsOf(judged: Parameters<typeof countsOf>[0], policy: ScoringPolicy, cost: CostProfile): Sums {
  const counts = countsOf(judged, policy);
  return { ...counts, saving: (counts.found + counts.missed) * cost.missedFault - costOf(counts, cost) };
}

function total(all: readonly Sums[]): Sums {
  const sum = { true: 0, false: 0, found: 0, missed: 0, saving: 0 };
  for (const one of all) {
    sum.true += one.true;
    sum.false += one.false;
    sum.found += one.found;
    sum.missed += one.missed;
    sum.saving += one.saving;
  }
  return sum;
}
