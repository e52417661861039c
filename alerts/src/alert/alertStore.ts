import { ALERT_STATES } from "@bellwether/contracts/alert";
import { COMPONENTS, type Component, type Finding, findingSchema, SEVERITIES } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { msColumn, nullableMsColumn, toTimestamp } from "../rows.ts";
import type { AlertSnapshot, FindingMark } from "./alertState.ts";

/** Alert rows in PostgreSQL: read under a lock, written whole. */

const CLOSED_BY = ["cleared", "workshop", "analyst"] as const;

const alertRow = z.object({
  id: z.string(),
  vin: z.string(),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  state: z.enum(ALERT_STATES),
  opened_at: msColumn,
  last_seen_at: msColumn,
  resolved_at: nullableMsColumn,
  closed_by: z.enum(CLOSED_BY).nullable(),
  occurrences: z.number(),
  notified_severity: z.enum(SEVERITIES).nullable(),
  resolved_notified: z.boolean(),
  returns: z.number(),
  reminded: z.boolean(),
  held_out: z.boolean(),
});

const markRow = z.object({
  finding_id: z.string(),
  severity: z.enum(SEVERITIES),
  state: z.enum(["active", "cleared"]),
  first_seen: msColumn,
  last_seen: msColumn,
});

const ALERT_COLUMNS = `id, vin, component, severity, state, opened_at, last_seen_at, resolved_at, closed_by, occurrences,
  notified_severity, resolved_notified, returns, reminded, held_out`;

/** One decision at a time per vehicle and component, also before its first alert exists; held until the transaction ends. */
export async function lockComponent(tx: Queryable, vin: string, component: Component): Promise<void> {
  await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`${vin}/${component}`]);
}

/** The alert a finding meets: the running one, else the one that knows it, else the one closed last; null when there is none. */
export async function findAlertFor(
  tx: Queryable,
  about: { vin: string; component: Component; findingId: string },
): Promise<AlertSnapshot | null> {
  const rows = await tx.query(
    `SELECT ${ALERT_COLUMNS} FROM alerts WHERE vin = $1 AND component = $2
     ORDER BY state IN ('open', 'acknowledged') DESC,
       EXISTS (SELECT 1 FROM alert_findings WHERE alert_id = alerts.id AND finding_id = $3) DESC,
       resolved_at DESC NULLS LAST, id
     LIMIT 1`,
    [about.vin, about.component, about.findingId],
    alertRow,
  );
  return snapshotOf(tx, rows[0], about.findingId);
}

/** An alert by id, locked; null when there is none. */
export async function lockAlert(tx: Queryable, alertId: string): Promise<AlertSnapshot | null> {
  const about = await tx.query(
    "SELECT vin, component FROM alerts WHERE id = $1",
    [alertId],
    z.object({ vin: z.string(), component: z.enum(COMPONENTS) }),
  );
  const known = about[0];
  if (known === undefined) return null;
  await lockComponent(tx, known.vin, known.component);
  const rows = await tx.query(`SELECT ${ALERT_COLUMNS} FROM alerts WHERE id = $1`, [alertId], alertRow);
  return snapshotOf(tx, rows[0], null);
}

/** The latest mark of a finding on any alert but the given one. */
export async function findMarkElsewhere(
  tx: Queryable,
  finding: { id: string; vin: string },
  alertId: string | null,
): Promise<FindingMark | null> {
  const rows = await tx.query(
    `SELECT finding_id, alert_findings.severity, alert_findings.state, first_seen, last_seen
     FROM alert_findings JOIN alerts ON alerts.id = alert_id
     WHERE finding_id = $1 AND vin = $2 AND alert_id IS DISTINCT FROM $3
     ORDER BY last_seen DESC, alert_findings.state = 'cleared' DESC LIMIT 1`,
    [finding.id, finding.vin, alertId],
    markRow,
  );
  return rows[0] === undefined ? null : toMark(rows[0]);
}

const runningRow = z.object({ id: z.string(), component: z.enum(COMPONENTS), severity: z.enum(SEVERITIES) });

/** Alerts of a vehicle that are open or acknowledged. */
export function listRunning(tx: Queryable, vin: string) {
  return tx.query("SELECT id, component, severity FROM alerts WHERE vin = $1 AND state IN ('open', 'acknowledged')", [vin], runningRow);
}

/** The finding that says most about an alert: the worst, and of those the latest; null when there is none. */
export async function findWorstFinding(tx: Queryable, alertId: string): Promise<Finding | null> {
  const rows = await tx.query(
    `SELECT finding FROM alert_findings WHERE alert_id = $1
     ORDER BY array_position(ARRAY['critical', 'warning', 'advice', 'info'], severity), last_seen DESC, finding_id LIMIT 1`,
    [alertId],
    z.object({ finding: findingSchema }),
  );
  return rows[0]?.finding ?? null;
}

/** Writes the alert as decided; `title` is null where the finding is not its worst, and the title stays. */
export async function saveAlert(tx: Queryable, alert: AlertSnapshot, title: { en: string; zh: string } | null): Promise<void> {
  await tx.execute(
    `INSERT INTO alerts (${ALERT_COLUMNS}, title, title_zh)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce($16::text, ''), coalesce($17::text, ''))
     ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state, last_seen_at = excluded.last_seen_at,
       resolved_at = excluded.resolved_at, closed_by = excluded.closed_by, occurrences = excluded.occurrences,
       notified_severity = excluded.notified_severity, resolved_notified = excluded.resolved_notified,
       returns = excluded.returns, reminded = excluded.reminded, held_out = excluded.held_out,
       title = coalesce($16, alerts.title), title_zh = coalesce($17, alerts.title_zh)`,
    [
      alert.id,
      alert.vin,
      alert.component,
      alert.severity,
      alert.state,
      toTimestamp(alert.openedAtMs),
      toTimestamp(alert.lastSeenAtMs),
      toTimestamp(alert.resolvedAtMs),
      alert.closedBy,
      alert.occurrences,
      alert.notifiedSeverity,
      alert.resolvedNotified,
      alert.returns,
      alert.reminded,
      alert.heldOut,
      title?.en ?? null,
      title?.zh ?? null,
    ],
  );
}

/** What a person decided about an alert: state only, its text stays. */
export async function saveDecision(tx: Queryable, alert: AlertSnapshot): Promise<void> {
  await tx.execute("UPDATE alerts SET state = $2, resolved_at = $3, closed_by = $4, resolved_notified = $5, reminded = $6 WHERE id = $1", [
    alert.id,
    alert.state,
    toTimestamp(alert.resolvedAtMs),
    alert.closedBy,
    alert.resolvedNotified,
    alert.reminded,
  ]);
}

/** Keeps the latest state of a finding, whole. */
export async function saveFinding(tx: Queryable, alertId: string, finding: Finding): Promise<void> {
  await tx.execute(
    `INSERT INTO alert_findings (alert_id, finding_id, severity, state, first_seen, last_seen, finding)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
     ON CONFLICT (alert_id, finding_id) DO UPDATE SET severity = excluded.severity, state = excluded.state,
       first_seen = excluded.first_seen, last_seen = excluded.last_seen, finding = excluded.finding`,
    [alertId, finding.id, finding.severity, finding.state, finding.firstSeen, finding.lastSeen, JSON.stringify(finding)],
  );
}

export interface TransitionRow {
  readonly alert: AlertSnapshot;
  readonly action: string;
  readonly reason: string;
  readonly fromState: string | null;
  readonly findingId: string | null;
  readonly actor: string;
  readonly note: string;
  readonly decidedAtMs: number;
}

/** Appends to the audit; rows there are never changed. */
export async function recordTransition(tx: Queryable, row: TransitionRow): Promise<void> {
  const { alert } = row;
  await tx.execute(
    `INSERT INTO alert_transitions (alert_id, vin, action, reason, from_state, to_state, severity, finding_id, actor, note, decided_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      alert.id,
      alert.vin,
      row.action,
      row.reason,
      row.fromState,
      alert.state,
      alert.severity,
      row.findingId,
      row.actor,
      row.note,
      toTimestamp(row.decidedAtMs),
    ],
  );
}

async function snapshotOf(
  tx: Queryable,
  row: z.infer<typeof alertRow> | undefined,
  findingId: string | null,
): Promise<AlertSnapshot | null> {
  if (row === undefined) return null;
  const marks = await tx.query(
    `SELECT finding_id, severity, state, first_seen, last_seen FROM alert_findings
     WHERE alert_id = $1 AND (state = 'active' OR finding_id = $2) ORDER BY finding_id`,
    [row.id, findingId],
    markRow,
  );
  return {
    id: row.id,
    vin: row.vin,
    component: row.component,
    severity: row.severity,
    state: row.state,
    openedAtMs: row.opened_at,
    lastSeenAtMs: row.last_seen_at,
    resolvedAtMs: row.resolved_at,
    closedBy: row.closed_by,
    occurrences: row.occurrences,
    notifiedSeverity: row.notified_severity,
    resolvedNotified: row.resolved_notified,
    returns: row.returns,
    reminded: row.reminded,
    heldOut: row.held_out,
    findings: marks.map(toMark),
  };
}

function toMark(row: z.infer<typeof markRow>): FindingMark {
  return {
    id: row.finding_id,
    severity: row.severity,
    state: row.state,
    firstSeenMs: row.first_seen,
    lastSeenMs: row.last_seen,
  };
}
