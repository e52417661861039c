import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { NotifyReason } from "@bellwether/contracts/alert";
import { isWorthTelling, severityRank } from "@bellwether/contracts/alertPolicy";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { RejectionReason } from "@bellwether/contracts/sample";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import type { LogRecord } from "@bellwether/runtime/log/records";
import { type Advice, type AdviceCatalogue, adviceFor } from "./advice.ts";
import { type Action, type AlertSnapshot, type FindingMark, nextState, type Transition } from "./alertState.ts";
import { findAlertFor, findMarkElsewhere, listRunning, lockComponent, recordTransition, saveAlert, saveFinding } from "./alertStore.ts";
import { alertIdOf, notificationIdOf } from "./identity.ts";
import { inhibitorOf } from "./inhibition.ts";
import { type Acceptance, acceptByMs } from "./leads/leadClock.ts";
import { findLeadDealer } from "./leads/leadDealers.ts";
import { findOdometerKm, offerLead } from "./leads.ts";
import { limitDates } from "./limitDates.ts";
import { type Message, type MessageLimits, renderMessage } from "./message.ts";
import { cancelPending, enqueueNotification } from "./outbox.ts";
import { findPeople, findToldBefore } from "./people.ts";
import { actByMs } from "./policy.ts";
import { type Draw, drawArm, type HoldoutOptions } from "./proof/holdout.ts";
import { recordDraw } from "./proof/trialStore.ts";
import { type Recipient, route } from "./route.ts";
import { findSilence } from "./silences.ts";

/**
 * The spine: what one record of the findings topic goes through. Everything from `group` on runs in one
 * PostgreSQL transaction; the record's offset is committed afterwards, so a crash anywhere repeats the record,
 * and a repeated record changes nothing.
 */

export interface PipelineDeps {
  readonly db: Pick<Postgres, "transaction">;
  readonly store: ColumnStore;
  readonly advice: AdviceCatalogue;
  /** Longest texts of a channel. */
  readonly limitsOf: (channel: string) => MessageLimits;
  readonly coolDownMs: number;
  /** How long a dealer has to accept a lead. */
  readonly acceptance: Acceptance;
  /** The comparison group; share 0: everybody is told. */
  readonly holdout: HoldoutOptions;
  /** Wall clock, for what is recorded and delivered; decisions use the finding's event time. */
  readonly now: () => number;
}

export type Handled =
  | {
      readonly kind: "decided";
      readonly action: Action;
      readonly reason: NotifyReason;
      readonly alertId: string;
      readonly messages: number;
    }
  | { readonly kind: "unchanged" }
  | { readonly kind: "rejected"; readonly reason: RejectionReason; readonly detail: string };

/** Takes one record through all stages. Throws only when PostgreSQL or the column store fails; nothing is written then. */
export async function handleRecord(record: Pick<LogRecord, "value">, deps: PipelineDeps): Promise<Handled> {
  const parsed = parse(record);
  if (parsed.kind === "rejected") return parsed;
  return deps.db.transaction(async (tx) => {
    const grouped = await group(tx, parsed.finding);
    const decided = await decide(tx, grouped, deps);
    if (decided.action === "ignored") return { kind: "unchanged" };
    const routed = await findRecipients(tx, decided, deps);
    const rendered = render(routed, deps);
    await enqueue(tx, rendered, deps);
    const { action, reason, after } = rendered;
    return { kind: "decided", action, reason, alertId: after.id, messages: rendered.messages.length };
  });
}

type Parsed = { readonly kind: "finding"; readonly finding: Finding } | Extract<Handled, { kind: "rejected" }>;

/** Bytes to a finding, or why they are none. */
export function parse({ value }: Pick<LogRecord, "value">): Parsed {
  if (value === null || value.length === 0) return rejected("empty", "expected a finding as JSON, got nothing");
  const json = parseJson(value.toString("utf8"));
  if (json === undefined) return rejected("malformed", `expected a finding as JSON, got ${value.length} bytes that are not JSON`);
  const result = findingSchema.safeParse(json);
  if (result.success) return { kind: "finding", finding: result.data };
  const [issue] = result.error.issues;
  return rejected("schema", `finding: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not fit the schema"}`);
}

interface Grouped {
  readonly finding: Finding;
  readonly mark: FindingMark;
  readonly before: AlertSnapshot | null;
  readonly heardElsewhere: FindingMark | null;
  /** The silence or the critical alert that keeps people from being told. */
  readonly suppressedBy: string | null;
}

/** Which alert the finding meets: one per vehicle and component. */
async function group(tx: Queryable, finding: Finding): Promise<Grouped> {
  const { vin, component } = finding;
  await lockComponent(tx, vin, component);
  const before = await findAlertFor(tx, { vin, component, findingId: finding.id });
  const heardElsewhere = await findMarkElsewhere(tx, finding, before?.id ?? null);
  return { finding, mark: toMark(finding), before, heardElsewhere, suppressedBy: null };
}

/** The transition; only one that would tell somebody has to ask whether something keeps it quiet. */
async function decide(tx: Queryable, grouped: Grouped, deps: PipelineDeps): Promise<Decided> {
  const free = transition(grouped, deps);
  if (free.action === "ignored" || free.reason === "none") return free;
  const suppressedBy = await findSuppressor(tx, grouped.finding);
  return suppressedBy === null ? free : transition({ ...grouped, suppressedBy }, deps);
}

async function findSuppressor(tx: Queryable, { vin, component, source, severity, lastSeen }: Finding): Promise<string | null> {
  if (severity === "critical") return null;
  const inhibitor = inhibitorOf(component, await listRunning(tx, vin));
  if (inhibitor !== null) return `inhibited:${inhibitor.id}`;
  const silence = await findSilence(tx, { vin, component, ruleId: source.id, atMs: Date.parse(lastSeen) });
  return silence === null ? null : `silence:${silence}`;
}

type Decided =
  | { readonly action: "ignored" }
  | (Grouped & {
      readonly action: Exclude<Action, "ignored">;
      readonly reason: NotifyReason;
      readonly draw: Draw | null;
      readonly after: AlertSnapshot;
    });
type Effective = Exclude<Decided, { action: "ignored" }>;

function transition(grouped: Grouped, { coolDownMs, holdout }: PipelineDeps): Decided {
  const { finding, mark, before, heardElsewhere, suppressedBy } = grouped;
  const newId = alertIdOf({ vin: finding.vin, component: finding.component, findingId: finding.id, decidedAtMs: mark.lastSeenMs });
  const { vin, component } = finding;
  const event = { kind: "finding", finding: mark, vin, component, heardElsewhere, suppressedBy, newId } as const;
  const next: Transition = nextState(before, event, { coolDownMs });
  if (next.action === "ignored") return { action: "ignored" };
  const isDrawn = holdout.share > 0 && next.reason === "first" && next.alert.severity !== "critical";
  const draw = isDrawn ? drawArm({ vin, ruleId: finding.source.id }, holdout) : null;
  return { ...grouped, action: next.action, reason: next.reason, draw, after: { ...next.alert, heldOut: isHeldOut(next.alert, draw) } };
}

/** Danger ends it; before that an alert stays in the group it was drawn into. */
function isHeldOut(alert: AlertSnapshot, draw: Draw | null): boolean {
  if (alert.severity === "critical") return false;
  return draw === null ? alert.heldOut : draw.arm === "held";
}

type Routed = Effective & {
  readonly advice: Advice;
  readonly recipients: readonly Recipient[];
  readonly dealerId: string | null;
  readonly region: string;
  readonly odometerKm: number | null;
};

/** Who hears of it. People and odometer are looked up only when there is something to say. */
async function findRecipients(tx: Queryable, decided: Effective, { advice, store, now }: PipelineDeps): Promise<Routed> {
  const { finding, after, reason, mark } = decided;
  const known = { ...decided, advice: adviceFor(finding, advice) };
  if (reason === "none" || after.heldOut) return { ...known, recipients: [], dealerId: null, region: "", odometerKm: null };
  const { owner, dealer: own } = await findPeople(tx, finding.vin);
  const { dealer, region } = await findLeadDealer(tx, store, after, own, now());
  // A warning that still waits for the owner's morning is not needed any more, and its all-clear neither.
  if (reason === "resolved") await cancelPending(tx, after.id, "over", now(), true);
  const told = await findToldBefore(tx, after.id);
  const odometerKm = await findOdometerKm(store, finding.vin, mark.lastSeenMs);
  return {
    ...known,
    recipients: route({ reason, severity: after.severity, owner, dealer, told }),
    dealerId: dealer?.id ?? null,
    region,
    odometerKm,
  };
}

type Rendered = Routed & { readonly messages: readonly { readonly recipient: Recipient; readonly message: Message }[] };

function render(routed: Routed, { limitsOf, coolDownMs }: PipelineDeps): Rendered {
  const { finding, advice, after, mark, odometerKm } = routed;
  const messages = routed.recipients.map((recipient) => {
    const { audience, reason, language, timeZone, channel } = recipient;
    const about = {
      finding,
      advice,
      severity: after.severity,
      actByMs: actByMs(after.severity, mark.lastSeenMs, advice.actWithinDays, limitDates(finding.evidence)),
      odometerKm,
    };
    const coolDownDays = Math.round(coolDownMs / 86_400_000);
    return { recipient, message: renderMessage({ audience, reason, language, timeZone, ...about, coolDownDays }, limitsOf(channel)) };
  });
  return { ...routed, messages };
}

/** Writes everything the decision means; the caller's transaction makes it all or nothing. */
async function enqueue(tx: Queryable, rendered: Rendered, deps: PipelineDeps): Promise<void> {
  const { after, before, finding, mark, advice, reason } = rendered;
  const isOpening = rendered.action === "opened";
  const isWorst = isOpening || before === null || severityRank(after.severity) > severityRank(before.severity);
  await saveAlert(tx, after, isWorst ? advice.title : null);
  await saveFinding(tx, after.id, finding);
  if (rendered.draw !== null) {
    const unit = { vin: after.vin, component: after.component, alertId: after.id, drawnAtMs: mark.lastSeenMs };
    await recordDraw(tx, { ...unit, ruleId: finding.source.id, ruleVersion: finding.source.version }, rendered.draw, deps.holdout);
  }
  if (rendered.action !== "seen" || reason !== "none") await audit(tx, rendered);
  const isLeadDue = isHeard(rendered) && (reason === "first" || (isWorst && isWorthTelling(after.severity)));
  if (isLeadDue) await offer(tx, rendered, deps);
  for (const { recipient, message } of rendered.messages) {
    const id = notificationIdOf({
      alertId: after.id,
      audience: recipient.audience,
      reason: recipient.reason,
      decidedAtMs: mark.lastSeenMs,
    });
    const what = { id, alertId: after.id, vin: after.vin, severity: after.severity, recipient, message };
    await enqueueNotification(tx, { ...what, decidedAtMs: mark.lastSeenMs, nowMs: deps.now() });
  }
}

/** Offers the alert's lead: to the owner's dealer, else to the best of the region, else to whoever the owner names later. */
async function offer(
  tx: Queryable,
  { after, finding, mark, advice, dealerId, region, odometerKm }: Rendered,
  deps: PipelineDeps,
): Promise<void> {
  const { id: alertId, vin, component, severity } = after;
  const nowMs = deps.now();
  await offerLead(tx, {
    ...{ alertId, vin, component, severity, dealerId, region, odometerKm, advice, nowMs },
    actByMs: actByMs(severity, mark.lastSeenMs, advice.actWithinDays, limitDates(finding.evidence)),
    offeredAtMs: mark.lastSeenMs,
    acceptByMs: acceptByMs(severity === "critical", nowMs, deps.acceptance),
  });
}

/** Whether nothing keeps the decision quiet; a lead that exists already is kept up to date all the same. */
function isHeard({ suppressedBy, after }: Rendered): boolean {
  if (after.heldOut) return false;
  return suppressedBy === null || after.notifiedSeverity !== null;
}

async function audit(tx: Queryable, { after, before, action, reason, finding, mark, recipients, suppressedBy }: Rendered): Promise<void> {
  const withheld = recipients.find((recipient) => recipient.withheldReason !== null)?.withheldReason ?? suppressedBy;
  await recordTransition(tx, {
    alert: after,
    action,
    reason,
    fromState: action === "opened" ? null : (before?.state ?? null),
    findingId: finding.id,
    actor: `${finding.source.kind}:${finding.source.id}@${finding.source.version}`,
    note: withheld === null || after.severity === "critical" ? "" : `owner not told: ${withheld}`,
    decidedAtMs: mark.lastSeenMs,
  });
}

function toMark(finding: Finding): FindingMark {
  return {
    id: finding.id,
    severity: finding.severity,
    state: finding.state,
    firstSeenMs: Date.parse(finding.firstSeen),
    lastSeenMs: Date.parse(finding.lastSeen),
  };
}

function rejected(reason: RejectionReason, detail: string): Extract<Handled, { kind: "rejected" }> {
  return { kind: "rejected", reason, detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
