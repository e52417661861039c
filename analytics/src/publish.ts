import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Finding } from "@bellwether/contracts/finding";
import { TOPICS } from "@bellwether/contracts/topics";
import type { RecordSink } from "@bellwether/runtime/log/records";
import { insertIdempotent } from "./engine/state.ts";
import type { FiringRow } from "./rules/firings.ts";

/** Revisions within one step; a step never writes more findings than this. */
export const REVISIONS_PER_STEP = 1_000_000;

/**
 * Writes findings to the table and then to the topic, keyed by VIN. At least once: a step that is repeated after a crash
 * sends the same ids again. Revisions count from `revision`, so the newest state wins in the table.
 */
export async function publishFindings(
  { store, sink }: { readonly store: ColumnStore; readonly sink: RecordSink },
  findings: readonly Finding[],
  revision: number,
): Promise<void> {
  if (findings.length === 0) return;
  const rows = findings.map((finding, index) => toRow(finding, revision + index));
  await insertIdempotent(store, "findings", rows);
  await sink.send(
    TOPICS.findings,
    findings.map((finding) => ({ key: finding.vin, value: Buffer.from(JSON.stringify(finding)) })),
  );
}

/** Writes what live and shadow rules said; nobody is told from here. */
export async function recordFirings(
  { store }: { readonly store: ColumnStore },
  firings: readonly FiringRow[],
  step: number,
): Promise<void> {
  await insertIdempotent(
    store,
    "rule_firings",
    firings.map((firing, index) => ({ ...firing, revision: step * REVISIONS_PER_STEP + index })),
  );
}

function toRow(finding: Finding, revision: number): Record<string, unknown> {
  return {
    vin: finding.vin,
    id: finding.id,
    source_kind: finding.source.kind,
    source_id: finding.source.id,
    source_version: finding.source.version,
    source_hash: finding.source.hash ?? "",
    component: finding.component,
    severity: finding.severity,
    state: finding.state,
    first_seen: finding.firstSeen,
    last_seen: finding.lastSeen,
    cell: finding.cell,
    evidence: JSON.stringify(finding.evidence),
    sentence: finding.sentence,
    sentence_zh: finding.sentenceZh,
    revision,
  };
}
