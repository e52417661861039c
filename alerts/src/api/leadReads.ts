import { ALERT_STATES, LEAD_STATES, type LeadState, OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS, findingSchema, SEVERITIES } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { leadAdviceSchema } from "../leads/leads.ts";
import { isoColumn, nullableIsoColumn } from "../rows.ts";

/** Leads as the API reads them, with the caller's rights (`readAs`). */

/** At most this many evidence records are shown per lead. */
const FINDINGS_SHOWN = 50;

const leadSummaryRow = z.object({
  id: z.string(),
  alertId: z.string(),
  vin: z.string(),
  dealerId: z.string().nullable(),
  state: z.enum(LEAD_STATES),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  alertState: z.enum(ALERT_STATES),
  title: z.string(),
  titleZh: z.string(),
  offeredAt: isoColumn,
  actBy: isoColumn,
  odometerKm: z.number().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  isSafety: z.boolean(),
  acceptBy: nullableIsoColumn,
});

const leadColumns = `l.id, l.alert_id AS "alertId", l.vin, l.dealer_id AS "dealerId", l.state, a.component, a.severity,
  a.state AS "alertState", a.title, a.title_zh AS "titleZh", l.offered_at AS "offeredAt", l.act_by AS "actBy",
  l.odometer_km AS "odometerKm", l.outcome, l.is_safety AS "isSafety", l.accept_by AS "acceptBy"`;

export interface LeadFilter {
  readonly vin?: string | undefined;
  readonly state?: LeadState | undefined;
  readonly after?: readonly string[] | null;
  readonly limit: number;
}

/** Leads, offered last first. */
export function listLeads(tx: Queryable, { vin, state, after, limit }: LeadFilter) {
  return tx.query(
    `SELECT ${leadColumns} FROM leads l JOIN alerts a ON a.id = l.alert_id
     WHERE ($1::text IS NULL OR l.vin = $1) AND ($2::text IS NULL OR l.state = $2)
       AND ($3::timestamptz IS NULL OR (l.offered_at, l.id) < ($3, $4))
     ORDER BY l.offered_at DESC, l.id DESC LIMIT $5`,
    [vin ?? null, state ?? null, after?.[0] ?? null, after?.[1] ?? null, limit],
    leadSummaryRow,
  );
}

const leadRow = leadSummaryRow.extend({
  routedAt: nullableIsoColumn,
  acceptedAt: nullableIsoColumn,
  contactedAt: nullableIsoColumn,
  bookedAt: nullableIsoColumn,
  bookedFor: nullableIsoColumn,
  inServiceAt: nullableIsoColumn,
  escalatedAt: nullableIsoColumn,
  flapping: z.boolean(),
  observedAt: isoColumn,
  region: z.string(),
  triedDealers: z.array(z.string()),
  closedAt: nullableIsoColumn,
  note: z.string(),
  advice: leadAdviceSchema,
});

/** A lead with its evidence, the worst and latest findings first; null when it is not the caller's. */
export async function findLead(tx: Queryable, id: string) {
  const [lead] = await tx.query(
    `SELECT ${leadColumns}, l.routed_at AS "routedAt", l.accepted_at AS "acceptedAt", l.contacted_at AS "contactedAt",
       l.booked_at AS "bookedAt", l.booked_for AS "bookedFor", l.in_service_at AS "inServiceAt", l.escalated_at AS "escalatedAt",
       a.returns >= 3 AS flapping, a.last_seen_at AS "observedAt", l.region, l.tried_dealers AS "triedDealers",
       l.closed_at AS "closedAt", l.note, l.advice
     FROM leads l JOIN alerts a ON a.id = l.alert_id WHERE l.id = $1`,
    [id],
    leadRow,
  );
  if (lead === undefined) return null;
  const findings = await tx.query(
    `SELECT finding FROM alert_findings WHERE alert_id = $1
     ORDER BY array_position(ARRAY['critical', 'warning', 'advice', 'info'], severity), last_seen DESC, finding_id LIMIT $2`,
    [lead.alertId, FINDINGS_SHOWN],
    z.object({ finding: findingSchema }),
  );
  const { advice, ...rest } = lead;
  const evidence = findings.map(({ finding }) => ({
    findingId: finding.id,
    sourceId: finding.source.id,
    sourceVersion: finding.source.version,
    cell: finding.cell,
    sentence: { en: finding.sentence, zh: finding.sentenceZh },
    evidence: finding.evidence,
  }));
  return { ...rest, ...advice, evidence };
}
