import type { NotifyReason } from "@bellwether/contracts/alert";
import type { Finding } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { type Action, type AlertSnapshot, nextState, type Transition } from "../alert/alertState.ts";
import { listRunning } from "../alert/alertStore.ts";
import { alertIdOf } from "../identity/identity.ts";
import { type Draw, drawArm } from "../proof/holdout.ts";
import { inhibitorOf } from "../routing/inhibition.ts";
import { findSilence } from "../routing/silences.ts";
import type { StageDeps } from "./deps.ts";
import type { Grouped } from "./group.ts";

/** The transition; only one that would tell somebody has to ask whether something keeps it quiet. */
export async function decide(tx: Queryable, grouped: Grouped, deps: StageDeps): Promise<Decided> {
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

export type Decided =
  | { readonly action: "ignored" }
  | (Grouped & {
      readonly action: Exclude<Action, "ignored">;
      readonly reason: NotifyReason;
      readonly draw: Draw | null;
      readonly after: AlertSnapshot;
    });
export type Effective = Exclude<Decided, { action: "ignored" }>;

function transition(grouped: Grouped, { coolDownMs, holdout }: StageDeps): Decided {
  const { finding, mark, before, heardElsewhere, suppressedBy } = grouped;
  const { vin, component, severity } = finding;
  const newId = alertIdOf({ vin, component, findingId: finding.id, severity, decidedAtMs: mark.lastSeenMs });
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
