import type { AlertState, NotifyReason, Outcome } from "@bellwether/contracts/alert";
import { isWithinCoolDown, isWorthTelling, severityRank, stateAfterOutcome } from "@bellwether/contracts/alertPolicy";
import type { Component, Severity } from "@bellwether/contracts/finding";
import { isWorthAllClear, isWorthTellingAgain, isWorthWithdrawing, worseOf } from "../routing/policy.ts";

/**
 * The life of an alert, pure. An alert stands for one vehicle and component; findings come and go underneath it.
 * Times are ms since 1970 UTC; those of findings are event time, so history replayed gives the same decisions.
 */

/** What the alert remembers of one finding. */
export interface FindingMark {
  readonly id: string;
  readonly severity: Severity;
  readonly state: "active" | "cleared";
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export type ClosedBy = "cleared" | "workshop" | "analyst";

export interface AlertSnapshot {
  readonly id: string;
  readonly vin: string;
  readonly component: Component;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly openedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly closedBy: ClosedBy | null;
  /** Sightings: updates that said the fault is there. */
  readonly occurrences: number;
  /** Severity of the last decision to tell somebody; null while nobody had to be told. */
  readonly notifiedSeverity: Severity | null;
  readonly resolvedNotified: boolean;
  /** Times it came back within the cool-down. */
  readonly returns: number;
  /** The one reminder before the act-by date has been given. */
  readonly reminded: boolean;
  /** In the comparison group: nobody is told unless it becomes dangerous. */
  readonly heldOut: boolean;
  /** At least the active findings and the one the event is about; cleared others may be left out. */
  readonly findings: readonly FindingMark[];
}

export interface FindingEvent {
  readonly kind: "finding";
  readonly finding: FindingMark;
  readonly vin: string;
  readonly component: Component;
  /** Latest mark of this finding on an alert other than the one it meets; history told again must change nothing. */
  readonly heardElsewhere: FindingMark | null;
  /** What keeps people from being told: `silence:<id>` or `inhibited:<alert id>`. Critical passes. */
  readonly suppressedBy: string | null;
  /** Id of the alert if this event opens one. */
  readonly newId: string;
}

export type AlertEvent =
  | FindingEvent
  | { readonly kind: "acknowledge" }
  | { readonly kind: "remind" }
  | { readonly kind: "dismiss"; readonly atMs: number }
  | { readonly kind: "close"; readonly outcome: Outcome; readonly atMs: number };

export const ACTIONS = [
  "opened",
  "finding_added",
  "seen",
  "escalated",
  "resolved",
  "reopened",
  "flapping",
  "reminded",
  "acknowledged",
  "dismissed",
  "closed",
  "ignored",
] as const;
export type Action = (typeof ACTIONS)[number];

/** `ignored` leaves the alert as it was (null when there is none) and nothing is written. */
export type Transition =
  | { readonly action: "ignored"; readonly reason: "none"; readonly alert: AlertSnapshot | null }
  | { readonly action: Exclude<Action, "ignored">; readonly reason: NotifyReason; readonly alert: AlertSnapshot };

export interface AlertLimits {
  /** A fault that returns within this event time continues its alert instead of opening another. */
  readonly coolDownMs: number;
}

/** The alert after an event, and whether anybody has to be told. The same event twice: the second is ignored. */
export function nextState(alert: AlertSnapshot | null, event: AlertEvent, limits: AlertLimits): Transition {
  if (event.kind === "finding") return onFinding(alert, event, limits);
  if (alert === null) return ignored(alert);
  switch (event.kind) {
    case "acknowledge":
      return alert.state === "open" ? changed("acknowledged", { ...alert, state: "acknowledged" }) : ignored(alert);
    case "remind":
      if (!isRunning(alert.state) || alert.notifiedSeverity === null || alert.reminded) return ignored(alert);
      return { action: "reminded", reason: "reminder", alert: { ...alert, reminded: true } };
    case "dismiss":
      if (!isRunning(alert.state)) return ignored(alert);
      return changed("dismissed", { ...alert, state: "dismissed", resolvedAtMs: event.atMs, closedBy: "analyst" });
    case "close":
      return closed(alert, event);
  }
}

/** The workshop saw the car: its verdict also stands above an alert that cleared by itself. Whoever was told hears that it is over. */
function closed(alert: AlertSnapshot, { outcome, atMs }: Extract<AlertEvent, { kind: "close" }>): Transition {
  if (alert.closedBy === "workshop") return ignored(alert);
  const isWithdrawalDue = alert.notifiedSeverity !== null && !alert.resolvedNotified && isWorthWithdrawing(outcome);
  const reason = isWithdrawalDue ? "withdrawn" : "none";
  const after = { ...alert, state: stateAfterOutcome(outcome), resolvedAtMs: atMs, closedBy: "workshop" } as const;
  return { action: "closed", reason, alert: { ...after, resolvedNotified: alert.resolvedNotified || isWithdrawalDue } };
}

/** An intermittent fault: back at least this many times, each time within the cool-down. */
const FLAPPING_RETURNS = 3;

export function isFlapping({ returns }: Pick<AlertSnapshot, "returns">): boolean {
  return returns >= FLAPPING_RETURNS;
}

export function isRunning(state: AlertState): boolean {
  return state === "open" || state === "acknowledged";
}

type Continuation = "opens_new" | "stays_closed" | "reopens" | "runs";

function onFinding(alert: AlertSnapshot | null, event: FindingEvent, limits: AlertLimits): Transition {
  if (event.heardElsewhere !== null && !isNewer(event.finding, event.heardElsewhere)) return ignored(alert);
  if (alert === null) return opened(event);
  const known = alert.findings.find((mark) => mark.id === event.finding.id);
  if (known !== undefined && !isNewer(event.finding, known)) return ignored(alert);
  switch (continuation(alert, event.finding, limits)) {
    case "opens_new":
      return opened(event);
    case "stays_closed":
      return { action: "seen", reason: "none", alert: absorb(alert, event.finding) };
    case "reopens":
      return reopened(alert, event);
    case "runs":
      return settled(actionOf(alert, event.finding, known), absorb(alert, event.finding), event.suppressedBy);
  }
}

function reopened(alert: AlertSnapshot, { finding, suppressedBy }: FindingEvent): Transition {
  const returns = alert.returns + 1;
  const action = returns === FLAPPING_RETURNS ? "flapping" : "reopened";
  return settled(action, { ...absorb(alert, finding), state: "open", resolvedAtMs: null, closedBy: null, returns }, suppressedBy);
}

/** Whether a finding that meets an alert belongs to it, and what a closed alert makes of it. */
function continuation(alert: AlertSnapshot, finding: FindingMark, limits: AlertLimits): Continuation {
  if (isRunning(alert.state)) return "runs";
  const closedAtMs = alert.resolvedAtMs ?? alert.lastSeenAtMs;
  const isSoon = isWithinCoolDown(closedAtMs, finding.lastSeenMs, limits.coolDownMs);
  if (alert.closedBy === "cleared") return isSoon ? "reopens" : "opens_new";
  const isWorse = severityRank(finding.severity) > severityRank(alert.severity);
  if (isWorse && finding.state === "active") return "opens_new";
  const isKnownEpisode = alert.findings.some((mark) => mark.id === finding.id) || finding.firstSeenMs <= closedAtMs;
  if (isKnownEpisode) return "stays_closed";
  // A fault that comes back after a repair is news; one that a person called false is not, for a while.
  return alert.state === "dismissed" && isSoon ? "stays_closed" : "opens_new";
}

/** Updates of one finding are ordered by time, then cleared after active, then severity; only a later one counts. */
function isNewer(finding: FindingMark, known: FindingMark): boolean {
  if (finding.lastSeenMs !== known.lastSeenMs) return finding.lastSeenMs > known.lastSeenMs;
  if (finding.state !== known.state) return finding.state === "cleared";
  return severityRank(finding.severity) > severityRank(known.severity);
}

function opened(event: FindingEvent): Transition {
  const { finding } = event;
  const alert: AlertSnapshot = {
    id: event.newId,
    vin: event.vin,
    component: event.component,
    severity: finding.severity,
    state: "open",
    openedAtMs: finding.lastSeenMs,
    lastSeenAtMs: finding.lastSeenMs,
    resolvedAtMs: null,
    closedBy: null,
    occurrences: 1,
    notifiedSeverity: null,
    resolvedNotified: false,
    returns: 0,
    reminded: false,
    heldOut: false,
    findings: [finding],
  };
  return settled("opened", alert, event.suppressedBy);
}

function absorb(alert: AlertSnapshot, finding: FindingMark): AlertSnapshot {
  const isKnown = alert.findings.some((mark) => mark.id === finding.id);
  return {
    ...alert,
    findings: isKnown ? alert.findings.map((mark) => (mark.id === finding.id ? finding : mark)) : [...alert.findings, finding],
    severity: worseOf(alert.severity, finding.severity),
    lastSeenAtMs: Math.max(alert.lastSeenAtMs, finding.lastSeenMs),
    // An episode first heard of when it was already over was there all the same.
    occurrences: alert.occurrences + (finding.state === "active" || !isKnown ? 1 : 0),
  };
}

function actionOf(alert: AlertSnapshot, finding: FindingMark, known: FindingMark | undefined): Exclude<Action, "ignored"> {
  if (severityRank(finding.severity) > severityRank(alert.severity)) return "escalated";
  return known === undefined ? "finding_added" : "seen";
}

/** Resolves a running alert whose findings have all cleared, and decides whether anybody is told. */
function settled(action: Exclude<Action, "ignored">, alert: AlertSnapshot, suppressedBy: string | null): Transition {
  const isOver = alert.findings.every((mark) => mark.state === "cleared");
  const after: AlertSnapshot = isOver ? { ...alert, state: "resolved", resolvedAtMs: alert.lastSeenAtMs, closedBy: "cleared" } : alert;
  const isHeldBack = suppressedBy !== null && after.severity !== "critical";
  const reason = isHeldBack ? "none" : notifyReason(after);
  const told = reason === "first" || reason === "escalated" ? after.severity : after.notifiedSeverity;
  return {
    action: isOver && action !== "opened" ? "resolved" : action,
    reason,
    alert: { ...after, notifiedSeverity: told, resolvedNotified: after.resolvedNotified || reason === "resolved" },
  };
}

/** Should we bother people now? `alert.notifiedSeverity` is what they know so far. */
function notifyReason(alert: AlertSnapshot): NotifyReason {
  const { severity, notifiedSeverity } = alert;
  if (notifiedSeverity === null) return isWorthTelling(severity) ? "first" : "none";
  if (isWorthTellingAgain(notifiedSeverity, severity)) return "escalated";
  const isOver = alert.state === "resolved" && !isFlapping(alert);
  const isAllClear = isOver && isWorthAllClear(severity) && !alert.resolvedNotified;
  return isAllClear ? "resolved" : "none";
}

function changed(action: Exclude<Action, "ignored">, alert: AlertSnapshot): Transition {
  return { action, reason: "none", alert };
}

function ignored(alert: AlertSnapshot | null): Transition {
  return { action: "ignored", reason: "none", alert };
}
