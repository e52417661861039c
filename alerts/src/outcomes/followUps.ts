import type { Language } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { AlertSnapshot } from "../alert/alertState.ts";
import type { Message } from "../delivery/message.ts";
import { enqueueLabel, enqueueNotification } from "../delivery/outbox.ts";
import { labelIdOf, notificationIdOf } from "../identity/identity.ts";
import { findPeople, findToldBefore } from "../routing/people.ts";
import { msColumn, toTimestamp } from "../rows.ts";

/**
 * After a visit: the owner is asked within a day, and after 30 and 60 days it is looked at whether the finding is gone.
 * One that is back is a repeat repair: a label of its own, and it counts against the repair, not against the rule.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When each look is due after the visit; the first leaves time for quiet hours and is still within 24 h. */
export const FOLLOW_UPS = { day1: 12 * HOUR_MS, day30: 30 * DAY_MS, day60: 60 * DAY_MS } as const;
export type FollowUpKind = keyof typeof FOLLOW_UPS;
const KINDS = ["day1", "day30", "day60"] as const;
const BATCH = 200;

/** Plans the looks after a visit, in the transaction that closes the alert. */
export async function planFollowUps(tx: Queryable, alert: AlertSnapshot, visitedAtMs: number): Promise<void> {
  for (const kind of KINDS) {
    await tx.execute(
      `INSERT INTO follow_ups (alert_id, kind, vin, component, dealer_id, visited_at, due_at)
       VALUES ($1, $2, $3, $4, (SELECT dealer_id FROM leads WHERE alert_id = $1), $5, $6) ON CONFLICT DO NOTHING`,
      [alert.id, kind, alert.vin, alert.component, toTimestamp(visitedAtMs), toTimestamp(visitedAtMs + FOLLOW_UPS[kind])],
    );
  }
}

const dueRow = z.object({ alert_id: z.string(), kind: z.enum(KINDS) });
const lockedRow = z.object({ vin: z.string(), component: z.enum(COMPONENTS), visited_at: msColumn });

/** Does what is due. Any number of replicas may run it. Returns how many looks were taken. */
export async function followUpDue(db: Pick<Postgres, "transaction" | "query">, now: () => number): Promise<number> {
  const due = await db.query(
    `SELECT alert_id, kind FROM follow_ups WHERE done_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT ${BATCH}`,
    [toTimestamp(now())],
    dueRow,
  );
  for (const { alert_id, kind } of due) await db.transaction((tx) => followUp(tx, alert_id, kind, now()));
  return due.length;
}

async function followUp(tx: Queryable, alertId: string, kind: FollowUpKind, nowMs: number): Promise<void> {
  const [visit] = await tx.query(
    `SELECT vin, component, visited_at FROM follow_ups WHERE alert_id = $1 AND kind = $2 AND done_at IS NULL FOR UPDATE SKIP LOCKED`,
    [alertId, kind],
    lockedRow,
  );
  if (visit === undefined) return;
  const about = { alertId, vin: visit.vin, component: visit.component, visitedAtMs: visit.visited_at, nowMs };
  const result = kind === "day1" ? await askOwner(tx, about) : await lookAgain(tx, about, kind);
  await tx.execute("UPDATE follow_ups SET done_at = $3, result = $4 WHERE alert_id = $1 AND kind = $2", [
    alertId,
    kind,
    toTimestamp(nowMs),
    result,
  ]);
}

interface Visit {
  readonly alertId: string;
  readonly vin: string;
  readonly component: z.infer<typeof lockedRow>["component"];
  readonly visitedAtMs: number;
  readonly nowMs: number;
}

/** Two days after the visit the question is stale: an outage must not make us ask about last month. */
const ASK_WITHIN_MS = 2 * DAY_MS;

/** Asks the owner, if he was told of the alert and has agreed to be written to. */
async function askOwner(tx: Queryable, { alertId, vin, visitedAtMs, nowMs }: Visit): Promise<"asked" | "not_asked"> {
  const { owner } = await findPeople(tx, vin);
  const told = await findToldBefore(tx, alertId);
  if (owner === null || !owner.hasConsent || !told.owner || nowMs - visitedAtMs > ASK_WITHIN_MS) return "not_asked";
  const { language, channel, address, timeZone, consentTextVersion } = owner;
  await enqueueNotification(tx, {
    id: notificationIdOf({ alertId, audience: "owner", reason: "follow_up", decidedAtMs: visitedAtMs }),
    alertId,
    vin,
    severity: "info",
    recipient: {
      ...{ audience: "owner", reason: "follow_up", channel, address, language, timeZone },
      ...{ dealerId: null, withheldReason: null, consentTextVersion },
    },
    message: FOLLOW_UP_TEXT[language](vin),
    decidedAtMs: nowMs,
    nowMs,
  });
  return "asked";
}

export const FOLLOW_UP_TEXT: Readonly<Record<Language, (vin: string) => Message>> = {
  en: (vin) => ({
    title: "Is everything all right after your visit?",
    body: `Your car was at the workshop. If the trouble is still there or has come back, please tell the workshop; we keep watching the readings and will write if we see it again.\nCar: ${vin}`,
  }),
  zh: (vin) => ({
    title: "到店后车辆是否一切正常？",
    body: `您的车辆已到店处理。如问题仍在或再次出现，请告知服务店；我们会继续关注相关读数，一旦再次发现会通知您。\n车辆：${vin}`,
  }),
};

/** Whether the component has spoken again since the visit; that becomes a label once. */
async function lookAgain(tx: Queryable, visit: Visit, kind: FollowUpKind): Promise<"gone" | "returned"> {
  const { alertId, vin, component, visitedAtMs, nowMs } = visit;
  const again = await tx.query(
    `SELECT 1 AS one FROM alerts a JOIN alert_findings f ON f.alert_id = a.id
     WHERE a.vin = $1 AND a.component = $2 AND f.last_seen > $3 AND f.severity <> 'info' AND f.state = 'active' LIMIT 1`,
    [vin, component, toTimestamp(visitedAtMs)],
    z.unknown(),
  );
  if (again.length === 0) return "gone";
  const days = Math.round((nowMs - visitedAtMs) / DAY_MS);
  await enqueueLabel(
    tx,
    {
      // The same for both looks: one repeat is one label.
      id: labelIdOf({ alertId, sourceId: "repeat_repair" }),
      ...{ vin, component, outcome: "confirmed", alertId: null, sourceId: null },
      givenBy: REPEAT_GIVER,
      at: new Date(nowMs).toISOString(),
      note: `repeat_repair: found again ${days} days after the visit (${kind})`,
    },
    nowMs,
  );
  return "returned";
}

/** Who gives labels about repeat repairs: nobody was at a workshop for them. */
export const REPEAT_GIVER = "follow-up";
