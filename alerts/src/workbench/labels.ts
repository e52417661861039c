import { hashOf } from "@bellwether/analytics/hash";
import type { GroundTruth } from "@bellwether/analytics/workbench/types";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import { z } from "zod";
import { labelQuality } from "./labelQuality.ts";

/** Labels that do not come from a lead: imports and engineers' verdicts. */

export interface LabelExtras {
  readonly givenBy: string;
  readonly note: string;
  readonly sourceId: string | null;
  readonly nowMs: number;
}

const ROWS_PER_INSERT = 5_000;

/** Writes labels; one with a known id replaces it. Two without id that contradict each other are both kept. */
export async function landLabels(
  store: ColumnStore,
  labels: readonly GroundTruth[],
  extrasOf: (label: GroundTruth) => LabelExtras,
): Promise<void> {
  for (let from = 0; from < labels.length; from += ROWS_PER_INSERT) {
    const rows = labels.slice(from, from + ROWS_PER_INSERT).map((label) => {
      const { givenBy, note, sourceId, nowMs } = extrasOf(label);
      const { vin, component, outcome, atMs } = label;
      const at = new Date(atMs).toISOString();
      return {
        id: idOf(label, givenBy),
        vin,
        component,
        outcome,
        alert_id: null,
        source_id: sourceId,
        given_by: givenBy,
        at,
        note,
        revision: nowMs,
      };
    });
    await store.insertRows("labels", rows, { token: `labels-${hashOf(rows)}` });
  }
}

/** A workshop's own number is unique within its system only; without one the outcome is part of the name, so that a contradiction stays visible. */
function idOf({ id, vin, component, outcome }: GroundTruth, givenBy: string): string {
  if (id.startsWith("verdict/")) return id;
  const isMade = id.startsWith(`${vin}/${component}/`);
  return `im-${hashOf([givenBy, id, isMade ? outcome : ""]).slice(0, 20)}`;
}

/** Vehicles that labels name and nobody has heard of, each once: their labels count for nothing. */
export async function unknownVehicles(store: ColumnStore, labels: readonly { readonly vin: string }[]): Promise<string[]> {
  const named = [...new Set(labels.map(({ vin }) => vin))];
  const known = await knownVehicles(store, named);
  return named.filter((vin) => !known.has(vin));
}

/** Which of these vehicles have ever reported or are in the master data. */
export async function knownVehicles(store: ColumnStore, vins: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let from = 0; from < vins.length; from += ROWS_PER_INSERT) {
    const rows = await store.query(
      `SELECT vin FROM vehicles WHERE vin IN {vins: Array(String)}
       UNION DISTINCT SELECT vin FROM telemetry WHERE vin IN {vins: Array(String)} GROUP BY vin`,
      z.object({ vin: z.string() }),
      { params: { vins: vins.slice(from, from + ROWS_PER_INSERT) } },
    );
    for (const { vin } of rows) known.add(vin);
  }
  return known;
}

const finding = TABLES.findings.shape;
const unjudgedRow = z.object({
  id: finding.id,
  vin: finding.vin,
  sourceId: finding.source_id,
  component: finding.component,
  severity: finding.severity,
  state: finding.state,
  firstSeen: finding.first_seen,
  lastSeen: finding.last_seen,
  sentence: finding.sentence,
  sentenceZh: finding.sentence_zh,
  total: z.number(),
});

/** Findings nobody has said anything about since they began, the worst first. */
export async function listUnjudged(store: ColumnStore, filter: { readonly sourceId: string; readonly limit: number }) {
  const rows = await store.query(
    // FINAL: the newest state of findings and labels; both are few.
    `SELECT f.id AS id, f.vin AS vin, f.source_id AS sourceId, f.component AS component, f.severity AS severity, f.state AS state,
       f.first_seen AS firstSeen, f.last_seen AS lastSeen, f.sentence AS sentence, f.sentence_zh AS sentenceZh, count() OVER () AS total
     FROM (SELECT * FROM findings FINAL WHERE {sourceId: String} = '' OR source_id = {sourceId: String}) AS f
     LEFT JOIN (SELECT vin, component, max(at) AS last FROM labels FINAL GROUP BY vin, component) AS l
       ON l.vin = f.vin AND l.component = f.component
     WHERE l.last < f.first_seen
     ORDER BY f.severity DESC, f.last_seen DESC, f.id LIMIT {limit: UInt32}`,
    unjudgedRow,
    { params: filter },
  );
  return { items: rows.map(({ total: _, ...row }) => row), total: rows[0]?.total ?? 0 };
}

/** Contradictions, delay and coverage of the labels by source. */
export async function readLabelQuality(store: ColumnStore) {
  const [findings, labels] = await Promise.all([
    // FINAL: as above.
    store.query(
      "SELECT id, vin, component, first_seen FROM findings FINAL",
      TABLES.findings.pick({ id: true, vin: true, component: true, first_seen: true }),
    ),
    store.query(
      "SELECT vin, component, outcome, given_by, at FROM labels FINAL",
      TABLES.labels.pick({ vin: true, component: true, outcome: true, given_by: true, at: true }),
    ),
  ]);
  const sources = labelQuality(
    findings.map(({ first_seen, ...rest }) => ({ ...rest, firstMs: Date.parse(first_seen) })),
    labels.map(({ given_by, at, ...rest }) => ({ ...rest, givenBy: given_by, atMs: Date.parse(at) })),
  );
  return { sources: [...sources], findings: findings.length };
}
