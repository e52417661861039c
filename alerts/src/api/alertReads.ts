import { ALERT_STATES, type AlertState, AUDIENCES, LANGUAGES, NOTIFY_REASONS } from "@bellwether/contracts/alert";
import { COMPONENTS, SEVERITIES } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { DELIVERY_FAILURES, NOTIFICATION_STATES, WITHHELD_REASONS } from "../delivery/delivery.ts";
import { RECEIPT_KINDS } from "../delivery/receipts.ts";
import { countColumn, isoColumn, nullableIsoColumn } from "../rows.ts";

/** What the API reads from PostgreSQL. Every statement runs with the caller's rights (`readAs`). */

/** At most this many finding ids and evidence records are shown per alert. */
const FINDINGS_SHOWN = 50;

const alertColumns = `a.id, a.vin, a.component, a.severity, a.state, a.opened_at AS "openedAt", a.last_seen_at AS "lastSeenAt",
  a.resolved_at AS "resolvedAt", a.occurrences, a.returns >= 3 AS flapping, a.title, a.title_zh AS "titleZh",
  ARRAY(SELECT finding_id FROM alert_findings f WHERE f.alert_id = a.id ORDER BY f.last_seen DESC, f.finding_id LIMIT ${FINDINGS_SHOWN})
    AS "findingIds"`;

const alertRow = z.object({
  id: z.string(),
  vin: z.string(),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  state: z.enum(ALERT_STATES),
  openedAt: isoColumn,
  lastSeenAt: isoColumn,
  resolvedAt: nullableIsoColumn,
  findingIds: z.array(z.string()),
  occurrences: z.number(),
  flapping: z.boolean(),
  title: z.string(),
  titleZh: z.string(),
});

export interface AlertFilter {
  readonly vin?: string | undefined;
  readonly component?: string | undefined;
  readonly state?: AlertState | undefined;
  readonly after?: readonly string[] | null;
  readonly limit: number;
}

/** Alerts, last seen first. */
export function listAlerts(tx: Queryable, { vin, component, state, after, limit }: AlertFilter) {
  return tx.query(
    `SELECT ${alertColumns} FROM alerts a
     WHERE ($1::text IS NULL OR a.vin = $1) AND ($2::text IS NULL OR a.component = $2) AND ($3::text IS NULL OR a.state = $3)
       AND ($4::timestamptz IS NULL OR (a.last_seen_at, a.id) < ($4, $5))
     ORDER BY a.last_seen_at DESC, a.id DESC LIMIT $6`,
    [vin ?? null, component ?? null, state ?? null, after?.[0] ?? null, after?.[1] ?? null, limit],
    alertRow,
  );
}

export async function findAlert(tx: Queryable, id: string) {
  return (await tx.query(`SELECT ${alertColumns} FROM alerts a WHERE a.id = $1`, [id], alertRow))[0] ?? null;
}

const notificationRow = z.object({
  id: z.string(),
  alertId: z.string().nullable(),
  vin: z.string(),
  audience: z.enum(AUDIENCES),
  reason: z.enum(NOTIFY_REASONS),
  channel: z.string(),
  language: z.enum(LANGUAGES),
  title: z.string(),
  body: z.string(),
  state: z.enum(NOTIFICATION_STATES),
  attempts: z.number(),
  failure: z.enum(DELIVERY_FAILURES).nullable(),
  withheldReason: z.enum(WITHHELD_REASONS).nullable(),
  decidedAt: isoColumn,
  createdAt: isoColumn,
  sentAt: nullableIsoColumn,
  passed: z.string().transform((text) => (text === "" ? [] : text.split(" "))),
  receipts: z.array(z.enum(RECEIPT_KINDS)),
});

export interface NotificationFilter {
  readonly vin?: string | undefined;
  readonly alertId?: string | undefined;
  readonly state?: string | undefined;
  readonly after?: readonly string[] | null;
  readonly limit: number;
}

const SHOWN_STATE = "CASE WHEN n.withheld_reason IS NULL THEN o.state ELSE 'withheld' END";

/** Notifications, newest first. */
export function listNotifications(tx: Queryable, { vin, alertId, state, after, limit }: NotificationFilter) {
  return tx.query(
    `SELECT n.id, n.alert_id AS "alertId", n.vin, n.audience, n.reason, n.channel, n.language, n.title, n.body, ${SHOWN_STATE} AS state, o.attempts,
       o.failure, n.withheld_reason AS "withheldReason", n.decided_at AS "decidedAt", n.created_at AS "createdAt",
       CASE WHEN o.state = 'sent' AND n.withheld_reason IS NULL THEN o.finished_at END AS "sentAt", n.passed,
       ARRAY(SELECT DISTINCT kind FROM receipts r WHERE r.notification_id = n.id ORDER BY kind) AS receipts
     FROM notifications n JOIN outbox o ON o.id = n.id
     WHERE ($1::text IS NULL OR n.vin = $1) AND ($2::text IS NULL OR n.alert_id = $2) AND ($3::text IS NULL OR ${SHOWN_STATE} = $3)
       AND ($4::timestamptz IS NULL OR (n.created_at, n.id) < ($4, $5))
     ORDER BY n.created_at DESC, n.id DESC LIMIT $6`,
    [vin ?? null, alertId ?? null, state ?? null, after?.[0] ?? null, after?.[1] ?? null, limit],
    notificationRow,
  );
}

/** Alerts open or acknowledged per vehicle, with the worst severity. */
export function listTroubled(tx: Queryable) {
  return tx.query(
    `SELECT vin, count(*) AS alerts,
       (ARRAY['info', 'advice', 'warning', 'critical'])[max(array_position(ARRAY['info', 'advice', 'warning', 'critical'], severity))] AS worst
     FROM alerts WHERE state IN ('open', 'acknowledged') GROUP BY vin`,
    [],
    z.object({ vin: z.string(), alerts: countColumn, worst: z.enum(SEVERITIES) }),
  );
}

const tallyRow = z.object({ list: z.string(), key: z.string(), n: countColumn });

/** Numbers of the overview: alerts by state and, while they run, by severity; leads and notifications by state. */
export function tally(tx: Queryable) {
  return tx.query(
    `SELECT 'alertState' AS list, state AS key, count(*) AS n FROM alerts GROUP BY state
     UNION ALL SELECT 'alertSeverity', severity, count(*) FROM alerts WHERE state IN ('open', 'acknowledged') GROUP BY severity
     UNION ALL SELECT 'leadState', state, count(*) FROM leads GROUP BY state
     UNION ALL SELECT 'notificationState', ${SHOWN_STATE}, count(*) FROM outbox o JOIN notifications n ON n.id = o.id GROUP BY 2
     UNION ALL SELECT 'leads', 'overdue', count(*) FROM leads WHERE state = 'offered' AND escalated_at IS NOT NULL
     UNION ALL SELECT 'verdicts', outcome, count(*) FROM leads WHERE outcome IS NOT NULL GROUP BY outcome
     UNION ALL SELECT 'vehicles', 'withAlerts', count(DISTINCT vin) FROM alerts WHERE state IN ('open', 'acknowledged')`,
    [],
    tallyRow,
  );
}

const changeRow = z.object({ id: countColumn, alertId: z.string(), vin: z.string(), action: z.string(), at: isoColumn });

/** Changes after a position in the audit, oldest first. */
export function listChanges(tx: Queryable, afterId: number, limit: number) {
  return tx.query(
    `SELECT id, alert_id AS "alertId", vin, action, recorded_at AS at FROM alert_transitions WHERE id > $1 ORDER BY id LIMIT $2`,
    [afterId, limit],
    changeRow,
  );
}

/** The newest position in the audit; 0 when it is empty. */
export async function findLastChange(tx: Queryable): Promise<number> {
  const rows = await tx.query("SELECT coalesce(max(id), 0) AS id FROM alert_transitions", [], z.object({ id: countColumn }));
  return rows[0]?.id ?? 0;
}
