import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { countColumn, isoColumn, nullableIsoColumn, toTimestamp } from "../rows.ts";

/** How dealers and rules do, and whom nobody has seen. Counts only; shares are made by the reader, with their intervals. */

const dealerRow = z.object({
  dealerId: z.string(),
  leads: countColumn,
  accepted: countColumn,
  acceptedInTime: countColumn,
  overdue: countColumn,
  closed: countColumn,
  confirmed: countColumn,
  noFaultFound: countColumn,
  declined: countColumn,
  checked: countColumn,
  repeats: countColumn,
  hoursToAcceptMedian: z.number().nullable(),
  daysToCloseMedian: z.number().nullable(),
});

/** Dealers with the leads offered since a time, those with most first. */
export function dealerQuality(db: Queryable, sinceMs: number) {
  return db.query(
    `SELECT l.dealer_id AS "dealerId", count(*) AS leads, count(l.accepted_at) AS accepted,
       count(*) FILTER (WHERE l.accepted_at <= l.accept_by) AS "acceptedInTime",
       count(*) FILTER (WHERE l.escalated_at IS NOT NULL) AS overdue, count(l.closed_at) AS closed,
       count(*) FILTER (WHERE l.outcome = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE l.outcome = 'no_fault_found') AS "noFaultFound",
       count(*) FILTER (WHERE l.outcome = 'customer_declined') AS declined,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = l.alert_id AND f.kind <> 'day1' AND f.result IN ('gone', 'returned'))) AS checked,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = l.alert_id AND f.result = 'returned')) AS repeats,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.accepted_at - l.routed_at) / 3600)::float8 AS "hoursToAcceptMedian",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.closed_at - l.routed_at) / 86400)::float8 AS "daysToCloseMedian"
     FROM leads l WHERE l.dealer_id IS NOT NULL AND l.offered_at >= $1 GROUP BY l.dealer_id ORDER BY leads DESC, l.dealer_id LIMIT 10000`,
    [toTimestamp(sinceMs)],
    dealerRow,
  );
}

const ruleRow = z.object({
  ruleId: z.string(),
  ruleVersion: z.number(),
  alerts: countColumn,
  told: countColumn,
  dismissed: countColumn,
  verdicts: countColumn,
  confirmed: countColumn,
  falseAlarms: countColumn,
  otherFault: countColumn,
  checked: countColumn,
  repeats: countColumn,
});

/** Rule versions with the alerts opened since a time; an alert counts for every rule that spoke on it. */
export function ruleQuality(db: Queryable, sinceMs: number) {
  return db.query(
    `WITH spoken AS (
       SELECT DISTINCT f.finding #>> '{source,id}' AS rule_id, (f.finding #>> '{source,version}')::int AS rule_version, f.alert_id
       FROM alert_findings f JOIN alerts a ON a.id = f.alert_id WHERE a.opened_at >= $1)
     SELECT s.rule_id AS "ruleId", s.rule_version AS "ruleVersion", count(*) AS alerts,
       count(*) FILTER (WHERE a.notified_severity IS NOT NULL AND NOT a.held_out) AS told,
       count(*) FILTER (WHERE a.closed_by = 'analyst') AS dismissed,
       count(*) FILTER (WHERE l.outcome IN ('confirmed', 'no_fault_found', 'other_fault', 'already_repaired')) AS verdicts,
       count(*) FILTER (WHERE l.outcome = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE l.outcome = 'no_fault_found') AS "falseAlarms",
       count(*) FILTER (WHERE l.outcome = 'other_fault') AS "otherFault",
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = a.id AND f.kind <> 'day1' AND f.result IN ('gone', 'returned'))) AS checked,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = a.id AND f.result = 'returned')) AS repeats
     FROM spoken s JOIN alerts a ON a.id = s.alert_id LEFT JOIN leads l ON l.alert_id = a.id
     GROUP BY 1, 2 ORDER BY alerts DESC, 1, 2 LIMIT 1000`,
    [toTimestamp(sinceMs)],
    ruleRow,
  );
}

const regionRow = z.object({ region: z.string(), component: z.string(), closed: countColumn, checked: countColumn, repeats: countColumn });

/** Regions and components with the leads closed since a time: how many repairs were looked at again, and how many had not held. */
export function regionQuality(db: Queryable, sinceMs: number) {
  return db.query(
    `SELECT l.region, l.component, count(*) AS closed,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = l.alert_id AND f.kind <> 'day1' AND f.result IN ('gone', 'returned'))) AS checked,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = l.alert_id AND f.result = 'returned')) AS repeats
     FROM leads l WHERE l.state = 'closed' AND l.closed_at >= $1 AND l.region <> ''
     GROUP BY 1, 2 ORDER BY repeats DESC, checked DESC, 1, 2 LIMIT 5000`,
    [toTimestamp(sinceMs)],
    regionRow,
  );
}

const unseenRow = z.object({
  vin: z.string(),
  alertId: z.string(),
  component: z.string(),
  severity: z.string(),
  openedAt: isoColumn,
  dealerId: z.string().nullable(),
  lastSignAt: nullableIsoColumn,
});

/** Alerts that still run although nobody has seen the car or heard of its owner for some days: no visit, no click, no booking. */
export function listUnseen(db: Queryable, { days, nowMs, limit }: { days: number; nowMs: number; limit: number }) {
  return db.query(
    `SELECT a.vin, a.id AS "alertId", a.component, a.severity, a.opened_at AS "openedAt", l.dealer_id AS "dealerId", s.at AS "lastSignAt"
     FROM alerts a JOIN leads l ON l.alert_id = a.id
     CROSS JOIN LATERAL (SELECT greatest(
       (SELECT max(r.at) FROM repair_orders r WHERE r.vin = a.vin), (SELECT max(o.at) FROM owner_actions o WHERE o.alert_id = a.id),
       l.contacted_at, l.booked_at, l.booked_for, l.in_service_at) AS at) s
     WHERE a.state IN ('open', 'acknowledged') AND l.state <> 'closed'
       AND coalesce(s.at, a.opened_at) < $1::timestamptz - make_interval(days => $2)
     ORDER BY array_position(ARRAY['critical', 'warning', 'advice', 'info'], a.severity), a.opened_at, a.id LIMIT $3`,
    [toTimestamp(nowMs), days, limit],
    unseenRow,
  );
}
