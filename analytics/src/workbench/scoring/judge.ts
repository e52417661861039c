import type { Firing, GroundTruth, JudgedFiring, ScoringPolicy, Verdict, VerdictReason } from "../types.ts";

/** What is known of one vehicle besides its firings. */
export interface VehicleTruth {
  /** Labels of this vehicle and the rule's component. */
  readonly labels: readonly GroundTruth[];
  /** First and last report within the window; null without any. */
  readonly observed: { readonly firstMs: number; readonly lastMs: number } | null;
  readonly isHoldout: boolean;
}

/** The bounds of what the labels can tell. */
export interface Horizon {
  readonly fromMs: number;
  readonly toMs: number;
  /** Repair orders are known up to here. */
  readonly labelsUntilMs: number;
}

export interface JudgedVehicle {
  readonly firings: readonly JudgedFiring[];
  readonly faults: { readonly found: number; readonly missed: number; readonly censored: number };
  /** What workshops said, in time order: each ends the alert it finds. */
  readonly visits: readonly GroundTruth[];
}

const DAY_MS = 86_400_000;
/** A fault confirmed and denied within this long: nobody knows. */
const CONFLICT_MS = DAY_MS;
/** Without reports for this long before the horizon ends a vehicle counts as gone. */
const GONE_MS = 7 * DAY_MS;

/**
 * Holds one vehicle's firings, in time order, against its labels. A confirmed fault counts once: for the earliest firing
 * from `horizonDays` to `leadMinDays` before it; later ones of the same fault are duplicates. A firing without any outcome
 * is judged only when the horizon and the label delay have passed and the vehicle was still there.
 */
export function judgeVehicle(firings: readonly Firing[], truth: VehicleTruth, horizon: Horizon, policy: ScoringPolicy): JudgedVehicle {
  return createJudge(truth, horizon, policy)(firings);
}

/** The same for many lists of one vehicle's firings: a firing that is in several of them (a sweep's neighbours) is looked up once. */
export function createJudge(truth: VehicleTruth, horizon: Horizon, policy: ScoringPolicy): (firings: readonly Firing[]) => JudgedVehicle {
  const conflicting = conflicts(truth.labels);
  const labels = truth.labels.filter((label) => !conflicting.has(label));
  const faults = labels.filter(({ outcome }) => outcome === "confirmed").toSorted((a, b) => a.atMs - b.atMs);
  const context = { truth, labels, faults, conflicting, horizon, policy };
  const visits = truth.labels.toSorted((a, b) => a.atMs - b.atMs);
  const known = new Map<Firing, Outlook>();
  const outlookOf = (firing: Firing): Outlook => {
    const found = known.get(firing) ?? lookAhead(firing, context);
    known.set(firing, found);
    return found;
  };
  return (firings) => {
    const found = new Set<GroundTruth>();
    const judged = firings.map((firing): JudgedFiring => {
      const { fault, first, again } = outlookOf(firing);
      if (fault === null) return first;
      const isAgain = found.has(fault);
      found.add(fault);
      return isAgain ? again : first;
    });
    return { firings: judged, faults: countFaults(faults, found, truth, horizon, policy), visits };
  };
}

/** What followed one firing; `again` where an earlier one of the list has announced the same fault. */
interface Outlook {
  readonly fault: GroundTruth | null;
  readonly first: JudgedFiring;
  readonly again: JudgedFiring;
}

function lookAhead(firing: Firing, context: Context): Outlook {
  const { faults, policy, truth } = context;
  const fault = faults.find(({ atMs }) => announces(firing, atMs, policy)) ?? null;
  if (fault === null) {
    const alone = verdictWithout(firing, context);
    return { fault, first: alone, again: alone };
  }
  const leadDays = (fault.atMs - firing.knownMs) / DAY_MS;
  const { isHoldout } = truth;
  return {
    fault,
    first: { ...firing, verdict: "true", reason: "fault_followed", labelId: fault.id, leadDays, isHoldout },
    again: { ...firing, verdict: "duplicate", reason: "same_fault_again", labelId: fault.id, leadDays, isHoldout },
  };
}

function announces({ knownMs }: Firing, faultMs: number, { horizonDays, leadMinDays }: ScoringPolicy): boolean {
  return faultMs >= knownMs + leadMinDays * DAY_MS && faultMs <= knownMs + horizonDays * DAY_MS;
}

interface Context {
  readonly truth: VehicleTruth;
  readonly labels: readonly GroundTruth[];
  readonly faults: readonly GroundTruth[];
  readonly conflicting: ReadonlySet<GroundTruth>;
  readonly horizon: Horizon;
  readonly policy: ScoringPolicy;
}

/** For a firing that no confirmed fault followed in time: what else the workshop said, else what silence means. */
function verdictWithout(firing: Firing, context: Context): JudgedFiring {
  const { truth, labels, faults, conflicting, policy } = context;
  const endMs = firing.knownMs + policy.horizonDays * DAY_MS;
  const isAbout = ({ atMs }: GroundTruth) => atMs >= firing.knownMs && atMs <= endMs;
  const told = (verdict: Verdict, reason: VerdictReason, label: GroundTruth | null): JudgedFiring => {
    return { ...firing, verdict, reason, labelId: label?.id ?? null, leadDays: null, isHoldout: truth.isHoldout };
  };
  const late = faults.find(isAbout);
  if (late !== undefined) return told("false", "too_late", late);
  const conflict = [...conflicting].find(isAbout);
  if (conflict !== undefined) return told("unknown", "conflicting_labels", conflict);
  const label = labels.filter(isAbout).toSorted((a, b) => a.atMs - b.atMs)[0];
  if (label !== undefined) return told(...OUTCOME_VERDICTS[label.outcome], label);
  return told(...silence(firing, context), null);
}

const OUTCOME_VERDICTS: Readonly<Record<GroundTruth["outcome"], readonly [Verdict, VerdictReason]>> = {
  confirmed: ["true", "fault_followed"],
  already_repaired: ["true", "already_repaired"],
  no_fault_found: ["false", "no_fault_found"],
  other_fault: ["false", "other_fault"],
  customer_declined: ["unknown", "owner_declined"],
};

function silence(firing: Firing, { truth, horizon, policy }: Context): readonly [Verdict, VerdictReason] {
  const endMs = firing.knownMs + policy.horizonDays * DAY_MS;
  if (horizon.labelsUntilMs < endMs + policy.labelDelayDays * DAY_MS) return ["unknown", "horizon_not_over"];
  const neededMs = Math.min(endMs, horizon.toMs) - GONE_MS;
  if (truth.observed === null || truth.observed.lastMs < neededMs) return ["unknown", "vehicle_gone"];
  return policy.absence === "false" ? ["false", "nothing_followed"] : ["unknown", "not_labelled"];
}

/** Confirmed by one and denied by another at about the same time. */
function conflicts(labels: readonly GroundTruth[]): ReadonlySet<GroundTruth> {
  const confirmed = labels.filter(({ outcome }) => outcome === "confirmed");
  const denied = labels.filter(({ outcome }) => outcome === "no_fault_found");
  const pairs = confirmed.flatMap((yes) => denied.filter((no) => Math.abs(no.atMs - yes.atMs) < CONFLICT_MS).flatMap((no) => [yes, no]));
  return new Set(pairs);
}

/** Faults of the window: those that no firing could have announced, because the car was not seen in the time for it, count apart. */
function countFaults(
  faults: readonly GroundTruth[],
  found: ReadonlySet<GroundTruth>,
  { observed }: VehicleTruth,
  { fromMs, toMs }: Horizon,
  { horizonDays, leadMinDays }: ScoringPolicy,
): JudgedVehicle["faults"] {
  const within = faults.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const isSeen = ({ atMs }: GroundTruth) =>
    observed !== null && observed.firstMs <= atMs - leadMinDays * DAY_MS && observed.lastMs >= atMs - horizonDays * DAY_MS;
  const hit = within.filter((fault) => found.has(fault)).length;
  const missed = within.filter((fault) => !found.has(fault) && isSeen(fault)).length;
  return { found: hit, missed, censored: within.length - hit - missed };
}
