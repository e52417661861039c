import { isWorthTelling } from "@bellwether/contracts/alertPolicy";
import type { Severity } from "@bellwether/contracts/finding";
import { median, quantileSorted } from "simple-statistics";
import { type Cluster, ratioBootstraps } from "../../stats/ratioBootstraps.ts";
import { seededUnit } from "../../stats/seededUnit.ts";
import type { BacktestScore, CostProfile, Estimate, ScoringPolicy } from "../types.ts";
import { countAlerts, countFalseAlerts } from "./countAlerts.ts";
import type { JudgedVehicle } from "./judge.ts";

/** One vehicle's share of a score; the unit of resampling. */
export interface VehicleScore {
  readonly years: number;
  readonly rows: number;
  readonly unknownRows: number;
  readonly judged: JudgedVehicle;
}

/** By what a score is made up. */
export interface ScoreTerms {
  readonly policy: ScoringPolicy;
  readonly cost: CostProfile;
  /** Of the rule's findings. */
  readonly severity: Severity;
}

const NONE: Estimate = { value: null, low: null, high: null };
/** From this share of undecided rows a vehicle counts as not evaluated. */
const UNKNOWN_SHARE = 0.5;

/** The score of a set of vehicles with intervals by cluster bootstrap: whole vehicles are drawn. */
export function scoreOf(vehicles: readonly VehicleScore[], { policy, cost, severity }: ScoreTerms): BacktestScore {
  const counts = vehicles.map(({ judged }) => countsOf(judged, policy));
  const sum = (of: (one: Counts) => number) => counts.reduce((total, one) => total + of(one), 0);
  const years = vehicles.reduce((total, vehicle) => total + vehicle.years, 0);
  const leads = vehicles.map(({ judged }) => leadsOf(judged));
  const [yes, no, unknown] = [sum((c) => c.true), sum((c) => c.false), sum((c) => c.unknown)];
  const alerts = vehicles.map(({ judged }) => countAlerts(judged.firings, { severity, coolDownDays: policy.coolDownDays }, judged.visits));
  const falseAlerts = counts.map((c) => (isWorthTelling(severity) ? c.falseAlerts : 0));
  const perYears = (numbers: readonly number[]) => numbers.map((number, i) => ({ part: 1000 * number, whole: vehicles[i]?.years ?? 0 }));
  const perVehicle = (of: (one: Counts) => number) => counts.map((one) => ({ part: of(one), whole: 1 }));
  const estimated = estimates(
    {
      precision: counts.map((c) => ({ part: c.true, whole: c.true + c.false })),
      recall: counts.map((c) => ({ part: c.found, whole: c.found + c.missed })),
      firings: perYears(counts.map((c) => c.firings)),
      alerts: perYears(alerts),
      falseAlerts: perYears(falseAlerts),
      false: perYears(counts.map((c) => c.false)),
      cost: perVehicle((one) => costOf(one, cost)),
      saving: perVehicle((one) => (one.found + one.missed) * cost.missedFault - costOf(one, cost)),
    },
    policy,
  );
  return {
    vehicles: vehicles.length,
    vehicleYears: years,
    firings: sum((c) => c.firings),
    true: yes,
    false: no,
    unknown,
    duplicates: sum((c) => c.duplicates),
    faults: sum((c) => c.found + c.missed + c.censored),
    found: sum((c) => c.found),
    missed: sum((c) => c.missed),
    censored: sum((c) => c.censored),
    precision: estimated("precision"),
    precisionBounds: yes + no + unknown === 0 ? null : [yes / (yes + no + unknown), (yes + unknown) / (yes + no + unknown)],
    recall: estimated("recall"),
    leadDaysMedian: medianEstimate(leads, policy),
    leadDays: leads.flat().toSorted((a, b) => a - b),
    firingsPer1000VehicleYears: estimated("firings"),
    alerts: alerts.reduce((total, ofVehicle) => total + ofVehicle, 0),
    alertsPer1000VehicleYears: estimated("alerts"),
    falseAlerts: falseAlerts.reduce((total, ofVehicle) => total + ofVehicle, 0),
    falseAlertsPer1000VehicleYears: estimated("falseAlerts"),
    falsePer1000VehicleYears: estimated("false"),
    cost: scale(estimated("cost"), vehicles.length),
    saving: scale(estimated("saving"), vehicles.length),
    rows: vehicles.reduce((total, vehicle) => total + vehicle.rows, 0),
    rowsNotEvaluated: vehicles.reduce((total, vehicle) => total + vehicle.unknownRows, 0),
    vehiclesNotEvaluated: vehicles.filter(({ rows, unknownRows }) => unknownRows >= rows * UNKNOWN_SHARE && rows > 0).length,
    holdout: holdoutOf(vehicles),
  };
}

export interface Counts {
  readonly firings: number;
  readonly true: number;
  readonly false: number;
  readonly unknown: number;
  readonly duplicates: number;
  readonly found: number;
  readonly missed: number;
  readonly censored: number;
  /** Alerts of which no firing was right and one was wrong. */
  readonly falseAlerts: number;
}

/** The counts of one vehicle. */
export function countsOf({ firings, faults, visits }: JudgedVehicle, { coolDownDays }: Pick<ScoringPolicy, "coolDownDays">): Counts {
  const of = { true: 0, false: 0, unknown: 0, duplicate: 0 };
  for (const { verdict } of firings) of[verdict] += 1;
  const { duplicate: duplicates, ...counts } = of;
  return { firings: firings.length, ...counts, duplicates, ...faults, falseAlerts: countFalseAlerts(firings, coolDownDays, visits) };
}

/** Lead times of one vehicle's found faults, days. */
export function leadsOf({ firings }: JudgedVehicle): readonly number[] {
  return firings.flatMap(({ verdict, leadDays }) => (verdict === "true" && leadDays !== null ? [leadDays] : []));
}

/** What the counts cost: a found fault is repaired in time only where somebody acts on the alert; a false alert costs once, however often it fired. */
export function costOf({ found, missed, falseAlerts }: Pick<Counts, "found" | "missed" | "falseAlerts">, cost: CostProfile): number {
  const { missedFault, foundFault, falseAlert, actionRate } = cost;
  return found * (actionRate * foundFault + (1 - actionRate) * missedFault) + missed * missedFault + falseAlerts * actionRate * falseAlert;
}

/** Ratios of sums with their intervals, by name. */
function estimates<K extends string>(ratios: Readonly<Record<K, readonly Cluster[]>>, { seed, resamples }: ScoringPolicy) {
  const lists: [string, readonly Cluster[]][] = Object.entries(ratios);
  const intervals =
    resamples === 0
      ? []
      : ratioBootstraps(
          lists.map(([, clusters]) => clusters),
          { seed, resamples },
        );
  const known = new Map(lists.map(([name, clusters], i) => [name, estimateOf(clusters, intervals[i] ?? null)]));
  return (name: K): Estimate => known.get(name) ?? NONE;
}

function estimateOf(clusters: readonly Cluster[], interval: readonly [number, number] | null): Estimate {
  const whole = clusters.reduce((total, cluster) => total + cluster.whole, 0);
  if (whole === 0) return NONE;
  const part = clusters.reduce((total, cluster) => total + cluster.part, 0);
  return { value: part / whole, low: interval?.[0] ?? null, high: interval?.[1] ?? null };
}

function scale({ value, low, high }: Estimate, by: number): Estimate {
  const times = (number: number | null) => (number === null ? null : number * by);
  return { value: times(value), low: times(low), high: times(high) };
}

function medianEstimate(leads: readonly (readonly number[])[], { seed, resamples }: ScoringPolicy): Estimate {
  const filled = leads.filter((ofVehicle) => ofVehicle.length > 0);
  const all = filled.flat();
  if (all.length === 0) return NONE;
  if (filled.length < 3 || resamples === 0) return { value: median(all), low: null, high: null };
  const unit = seededUnit(seed);
  const medians = Array.from({ length: resamples }, () =>
    median(Array.from(filled, () => filled[Math.floor(filled.length * unit())] ?? []).flat()),
  ).toSorted((a, b) => a - b);
  return { value: median(all), low: quantileSorted(medians, 0.025), high: quantileSorted(medians, 0.975) };
}

function holdoutOf(vehicles: readonly VehicleScore[]): BacktestScore["holdout"] {
  const firings = vehicles.flatMap(({ judged }) => judged.firings.filter(({ isHoldout }) => isHoldout));
  const of = (verdict: string) => firings.filter((firing) => firing.verdict === verdict).length;
  return { true: of("true"), false: of("false"), unknown: of("unknown") };
}
