import { createJudge, type Horizon, type JudgedVehicle, type VehicleTruth } from "../scoring/judge.ts";
import { scoreOf, type VehicleScore } from "../scoring/score.ts";
import type { BacktestScore, Firing, GroundTruth, JudgedFiring, SweepCurve } from "../types.ts";
import type { Plan } from "./plan.ts";
import type { VehicleFirings } from "./runPiece.ts";
import { createSweepTotals } from "./sweepTotals.ts";

/** What a back-test has found so far. */
export interface Results {
  add(vehicles: readonly VehicleFirings[]): void;
  rows(): number;
  score(resamples: number): BacktestScore;
  /** In order of vehicle and time. */
  firings(): readonly JudgedFiring[];
  sweep(): SweepCurve | null;
  /** Per vehicle, for comparisons over the same vehicles. */
  vehicles(): ReadonlyMap<string, VehicleScore>;
}

const YEAR_MS = 365.25 * 86_400_000;

/** Gathers pieces; every number is computed from the vehicles' own counts, so the pieces' sizes do not matter. */
export function createResults(plan: Plan): Results {
  const { request, rule, lanes, labels } = plan;
  const vehicles = new Map<string, VehicleScore>();
  const sweep = lanes.length > 1 ? createSweepTotals(plan) : null;
  const byVin = groupLabels(labels);
  const holdout = new Set(request.holdout);
  const labelsUntilMs = labels.reduce((latest, { atMs }) => Math.max(latest, atMs), request.toMs);
  const horizon: Horizon = { fromMs: request.fromMs, toMs: request.toMs, labelsUntilMs };

  function addVehicle({ vehicle, unknown, firings }: VehicleFirings): void {
    const { vin, rows, firstMs, lastMs } = vehicle;
    const truth: VehicleTruth = { labels: byVin.get(vin) ?? [], observed: { firstMs, lastMs }, isHoldout: holdout.has(vin) };
    const known = new Map<readonly Firing[], JudgedVehicle>();
    const judgeList = createJudge(truth, horizon, request.policy);
    const judge = (list: readonly Firing[]): JudgedVehicle => {
      const found = known.get(list) ?? judgeList(list);
      known.set(list, found);
      return found;
    };
    const years = (lastMs - firstMs) / YEAR_MS;
    vehicles.set(vin, { years, rows, unknownRows: unknown, judged: judge(firings[0]?.[0] ?? NO_FIRINGS) });
    sweep?.add({ years, judgedAt: (lane, place) => judge(firings[lane]?.[place] ?? NO_FIRINGS), hasFirings: firings.length > 0 });
  }

  /** The last score asked for: a thousand resamples of a large fleet are dear, and the report and its hash want the same ones. */
  let scored: { readonly resamples: number; readonly score: BacktestScore } | null = null;
  function score(resamples: number): BacktestScore {
    if (scored?.resamples === resamples) return scored.score;
    const terms = { policy: { ...request.policy, resamples }, cost: request.cost, severity: rule.severity };
    scored = { resamples, score: scoreOf([...vehicles.values()], terms) };
    return scored.score;
  }

  return {
    add(found) {
      scored = null;
      for (const one of found) addVehicle(one);
    },
    rows: () => [...vehicles.values()].reduce((sum, { rows }) => sum + rows, 0),
    score,
    firings: () => [...vehicles.values()].flatMap(({ judged }) => judged.firings),
    sweep: () => sweep?.curve() ?? null,
    vehicles: () => vehicles,
  };
}

const NO_FIRINGS: readonly Firing[] = [];

function groupLabels(labels: readonly GroundTruth[]): ReadonlyMap<string, readonly GroundTruth[]> {
  const byVin = new Map<string, GroundTruth[]>();
  for (const label of labels) {
    const known = byVin.get(label.vin);
    if (known === undefined) byVin.set(label.vin, [label]);
    else known.push(label);
  }
  return byVin;
}
