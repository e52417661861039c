import type { Outcome } from "@bellwether/contracts/alert";
import type { Component } from "@bellwether/contracts/finding";

/** The workbench's vocabulary: what the command line, the API and the console exchange. Times are ms since 1970 UTC. */

/** One episode of a rule on one vehicle. */
export interface Firing {
  readonly vin: string;
  /** First row of the firing that held. */
  readonly startMs: number;
  /** The row with which it had held long enough: when the alert would have gone out. */
  readonly knownMs: number;
  readonly lastFiringMs: number;
  /** Null while it is still open at the end of the window. */
  readonly clearedMs: number | null;
  readonly samples: number;
}

/** What a workshop or an engineer found about a vehicle's component. */
export interface GroundTruth {
  readonly id: string;
  readonly vin: string;
  readonly component: Component;
  readonly outcome: Outcome;
  readonly atMs: number;
}

/** How firings are held against labels. */
export interface ScoringPolicy {
  /** A confirmed fault counts for a firing from this long before it ... */
  readonly horizonDays: number;
  /** ... down to this long before it; a later warning is of no use. */
  readonly leadMinDays: number;
  /** How long after the horizon a repair order may still arrive before its absence means anything. */
  readonly labelDelayDays: number;
  /** What a firing means for which nothing was ever recorded: false where repair orders are complete, else unknown. */
  readonly absence: "false" | "unknown";
  /** A firing this soon after the one before on the same vehicle continues its alert, where no repair was in between. */
  readonly coolDownDays: number;
  readonly resamples: number;
  readonly seed: number;
}

/** Money per event, any one currency. */
export interface CostProfile {
  readonly currency: string;
  /** A fault nobody announced: towing, secondary damage, goodwill. */
  readonly missedFault: number;
  /** The same fault repaired in time. */
  readonly foundFault: number;
  /** A visit for nothing. */
  readonly falseAlert: number;
  /** Share of the alerts somebody acts on, 0..1. */
  readonly actionRate: number;
}

/** Values of one parameter, or of two: every combination is judged in the same scan. */
export interface SweepAxis {
  readonly parameter: string;
  readonly values: readonly number[];
}

export interface BacktestLimits {
  readonly rowsMax: number;
  readonly secondsMax: number;
}

export interface BacktestRequest {
  /** The rule's YAML text; it need not be saved anywhere. */
  readonly ruleText: string;
  /** What it is called in messages about it. */
  readonly ruleFile: string;
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Null: all of them. */
  readonly vehicles: readonly string[] | null;
  /** Share of the vehicles, 0..1, drawn by the hash of the VIN; 1 for all. */
  readonly sampleShare: number;
  /** Null: those of table `labels`. */
  readonly labels: readonly GroundTruth[] | null;
  /** Vehicles whose owners are told nothing (control group). */
  readonly holdout: readonly string[];
  /** Values of parameters in place of the file's defaults: an edit that is only tried. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly sweep: readonly SweepAxis[];
  readonly policy: ScoringPolicy;
  readonly cost: CostProfile;
  readonly limits: BacktestLimits;
  /** Of an earlier run: what has landed since is not seen. Null: what has landed when it is planned. */
  readonly snapshot: Provenance["snapshot"] | null;
}

/** Told after each piece of the fleet; the score is that of the vehicles done so far. */
export interface BacktestProgress {
  readonly rowsDone: number;
  readonly rowsEstimated: number;
  readonly share: number;
  readonly elapsedMs: number;
  readonly vehiclesDone: number;
  readonly firings: number;
  readonly score: BacktestScore | null;
}

/** A number with its 95 % interval; value null where there is nothing to divide by, bounds null with fewer than 3 vehicles. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export type Verdict = "true" | "false" | "unknown" | "duplicate";

export const VERDICT_REASONS = [
  "fault_followed",
  "already_repaired",
  "no_fault_found",
  "other_fault",
  "nothing_followed",
  "too_late",
  "same_fault_again",
  "horizon_not_over",
  "vehicle_gone",
  "owner_declined",
  "conflicting_labels",
  "not_labelled",
] as const;
export type VerdictReason = (typeof VERDICT_REASONS)[number];

export interface JudgedFiring extends Firing {
  readonly verdict: Verdict;
  readonly reason: VerdictReason;
  readonly labelId: string | null;
  /** From the firing to the fault. */
  readonly leadDays: number | null;
  readonly isHoldout: boolean;
}

export interface BacktestScore {
  readonly vehicles: number;
  readonly vehicleYears: number;
  readonly firings: number;
  readonly true: number;
  readonly false: number;
  readonly unknown: number;
  readonly duplicates: number;
  /** Confirmed faults a firing could have announced within the window; found + missed + censored. */
  readonly faults: number;
  readonly found: number;
  readonly missed: number;
  /** Faults so early in the window, or so little observed, that no firing could have come. */
  readonly censored: number;
  readonly precision: Estimate;
  /** Unknown ones counted as false, and as true. */
  readonly precisionBounds: readonly [low: number, high: number] | null;
  readonly recall: Estimate;
  readonly leadDaysMedian: Estimate;
  /** Lead times of the found faults, sorted, days. */
  readonly leadDays: readonly number[];
  readonly firingsPer1000VehicleYears: Estimate;
  /** What owners would have got: firings within the cool-down of one another are one alert, a visit ends it, info is none. */
  readonly alerts: number;
  readonly alertsPer1000VehicleYears: Estimate;
  /** Of these alerts, those of which no firing was right and one was wrong; what the gate's budget is about. */
  readonly falseAlerts: number;
  readonly falseAlertsPer1000VehicleYears: Estimate;
  /** Of the firings. */
  readonly falsePer1000VehicleYears: Estimate;
  readonly cost: Estimate;
  /** Against having no rule at all. */
  readonly saving: Estimate;
  readonly rows: number;
  /** Rows the condition could not be decided for: a signal was missing. */
  readonly rowsNotEvaluated: number;
  readonly vehiclesNotEvaluated: number;
  /** The control group alone: there no alert caused a repair. */
  readonly holdout: { readonly true: number; readonly false: number; readonly unknown: number };
}

/** The score at one combination of swept values. */
export interface SweepPoint {
  /** In the order of the axes. */
  readonly at: readonly number[];
  readonly firings: number;
  readonly alerts: number;
  readonly true: number;
  readonly false: number;
  readonly unknown: number;
  readonly found: number;
  readonly missed: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly leadDaysMedian: number | null;
  readonly alertsPer1000VehicleYears: number | null;
  readonly cost: number;
  readonly saving: number;
}

export interface SweepCurve {
  readonly axes: readonly SweepAxis[];
  /** Row-major: the last axis runs fastest. */
  readonly points: readonly SweepPoint[];
  /** Index of the point of least cost; null without any label. */
  readonly best: number | null;
  /** Index of the point of the rule's present values, where it is among them. */
  readonly present: number | null;
}

/** What makes a run repeatable, and tells whether it was. */
export interface Provenance {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly ruleHash: string;
  readonly codeVersion: string;
  /** Of the log, per partition: the data the run could see. */
  readonly snapshot: readonly { readonly topic: string; readonly partition: number; readonly maxOffset: number }[];
  readonly labelsHash: string;
  readonly requestHash: string;
  /** Over firings, verdicts, score and sweep: two runs on the same data have the same. */
  readonly resultHash: string;
}

export interface BacktestReport {
  readonly rule: { readonly id: string; readonly version: number; readonly title: string; readonly component: Component };
  readonly fromMs: number;
  readonly toMs: number;
  readonly score: BacktestScore;
  readonly firings: readonly JudgedFiring[];
  readonly sweep: SweepCurve | null;
  readonly provenance: Provenance;
  readonly timing: { readonly elapsedMs: number; readonly rowsPerSecond: number; readonly firstProgressMs: number };
}

/** Champion (A) against challenger (B) on the same window. */
export interface Comparison {
  readonly a: BacktestReport;
  readonly b: BacktestReport;
  readonly agreed: readonly { readonly a: JudgedFiring; readonly b: JudgedFiring }[];
  readonly onlyA: readonly JudgedFiring[];
  readonly onlyB: readonly JudgedFiring[];
  /** Over the faults: found by one of them only. `p` is of the exact two-sided McNemar test. */
  readonly mcNemar: { readonly onlyA: number; readonly onlyB: number; readonly p: number };
  /** B minus A, by cluster bootstrap over the same vehicles. */
  readonly difference: { readonly precision: Estimate; readonly recall: Estimate; readonly saving: Estimate };
  readonly gate: GateDecision;
}

export interface GateDecision {
  readonly isPassed: boolean;
  readonly checks: readonly { readonly name: string; readonly isPassed: boolean; readonly detail: string }[];
}

/** A part of a condition and what became of it. */
export interface ExplainedClause {
  readonly text: string;
  /** Null: could not be decided. */
  readonly holds: boolean | null;
  /** The two sides of a comparison, where it is one. */
  readonly left: number | string | null;
  readonly operator: string | null;
  readonly right: number | string | null;
  readonly missing: readonly string[];
}

export interface ExplainedSample {
  readonly atMs: number;
  readonly state: "unknown" | "firing" | "clear" | "between";
  readonly measure: number | null;
}

/** Why a rule did or did not fire for a vehicle at a time. */
export interface Explanation {
  readonly vin: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly askedMs: number;
  /** The report it is about: the vehicle's last at or before the asked time; null without any. */
  readonly atMs: number | null;
  readonly state: ExplainedSample["state"] | null;
  /** In words. */
  readonly verdict: string;
  readonly verdictZh: string;
  readonly condition: readonly ExplainedClause[];
  readonly clear: readonly ExplainedClause[];
  readonly parameters: Readonly<Record<string, { readonly value: number; readonly from: string }>>;
  readonly episode: {
    readonly pendingSinceMs: number | null;
    readonly openSinceMs: number | null;
    readonly knownMs: number | null;
    readonly clearSinceMs: number | null;
  };
  readonly samples: readonly ExplainedSample[];
}

/** What a back-test or another run needs from the outside. */
export interface WorkbenchOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BacktestProgress) => void;
  readonly now: () => number;
}
