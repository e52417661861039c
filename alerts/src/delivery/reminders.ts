import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { type AdviceCatalogue, adviceFor } from "../advice.ts";
import { nextState } from "../alert/alertState.ts";
import { findWorstFinding, lockAlert, recordTransition, saveDecision } from "../alert/alertStore.ts";
import { notificationIdOf } from "../identity/identity.ts";
import { findPeople, findToldBefore } from "../routing/people.ts";
import { remindAtMs } from "../routing/policy.ts";
import { route } from "../routing/route.ts";
import { msColumn, toTimestamp } from "../rows.ts";
import { type MessageLimits, renderMessage } from "./message.ts";
import { enqueueNotification } from "./outbox.ts";

/** The one reminder an owner gets before the act-by date, on the wall clock. History replayed has its dates behind it and gets none. */

export interface ReminderDeps {
  readonly db: Pick<Postgres, "transaction" | "query">;
  readonly advice: AdviceCatalogue;
  readonly limitsOf: (channel: string) => MessageLimits;
  readonly coolDownMs: number;
  readonly now: () => number;
}

const BATCH = 200;
const candidateRow = z.object({ alert_id: z.string(), offered_at: msColumn, act_by: msColumn });

/** Reminds every owner whose time has come. Returns how many alerts were reminded. */
export async function remindDue(deps: ReminderDeps): Promise<number> {
  const nowMs = deps.now();
  const candidates = await deps.db.query(
    `SELECT l.alert_id, l.offered_at, l.act_by FROM leads l JOIN alerts a ON a.id = l.alert_id
     WHERE l.act_by > $1 AND l.state IN ('offered', 'accepted', 'contacted') AND a.state IN ('open', 'acknowledged')
       AND NOT a.reminded AND a.notified_severity IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM snoozes s WHERE s.alert_id = a.id AND s.until_at > $1)
     ORDER BY l.act_by LIMIT ${BATCH}`,
    [toTimestamp(nowMs)],
    candidateRow,
  );
  const due = candidates.filter(({ offered_at, act_by }) => remindAtMs(offered_at, act_by) <= nowMs);
  for (const { alert_id, act_by } of due) await deps.db.transaction((tx) => remind(tx, alert_id, act_by, deps));
  return due.length;
}

async function remind(tx: Queryable, alertId: string, actByMs: number, { advice, limitsOf, coolDownMs, now }: ReminderDeps): Promise<void> {
  const nowMs = now();
  const alert = await lockAlert(tx, alertId);
  const next = nextState(alert, { kind: "remind" }, { coolDownMs });
  if (alert === null || next.action === "ignored") return;
  await saveDecision(tx, next.alert);
  const audit = { alert: next.alert, action: next.action, reason: next.reason, fromState: alert.state, findingId: null };
  await recordTransition(tx, { ...audit, actor: "clock", note: "", decidedAtMs: nowMs });
  const finding = await findWorstFinding(tx, alertId);
  if (finding === null) return;
  const { owner } = await findPeople(tx, alert.vin);
  const told = await findToldBefore(tx, alertId);
  for (const recipient of route({ reason: "reminder", severity: alert.severity, owner, dealer: null, told })) {
    const { language, timeZone, channel } = recipient;
    const about = { finding, advice: adviceFor(finding, advice), severity: alert.severity, actByMs, odometerKm: null, coolDownDays: 0 };
    const message = renderMessage({ audience: "owner", reason: "reminder", language, timeZone, ...about }, limitsOf(channel));
    const id = notificationIdOf({ alertId, audience: "owner", reason: "reminder", decidedAtMs: nowMs });
    const what = { id, alertId, vin: alert.vin, severity: alert.severity, recipient, message };
    await enqueueNotification(tx, { ...what, decidedAtMs: nowMs, nowMs });
  }
}
