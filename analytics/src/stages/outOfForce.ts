import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import { evidenceSchema, type Finding } from "@bellwether/contracts/finding";
import { chunksOf, VEHICLES_PER_STATEMENT } from "../engine/chunks.ts";
import type { Engine, Stage } from "../engine/engine.ts";
import type { VehicleState } from "../engine/state.ts";

/**
 * After the catalogue has changed: ends what rules had open that are no longer live, so that no owner keeps a message of a rule
 * nobody stands by. A rule that goes from shadow to live says what it has open with the vehicle's next rows.
 */
export const outOfForce: Stage = {
  name: "out-of-force",
  async run(engine, step) {
    if (!engine.isCatalogueNew) return;
    engine.isCatalogueNew = false;
    const ended = new Map<string, string>();
    for (const [vin, state] of engine.state.vehicles) {
      const after = standing(engine, state);
      if (after.published === state.published) continue;
      engine.state.vehicles.set(vin, { ...state, published: after.published });
      step.changed.add(vin);
      for (const id of after.ended) ended.set(id, vin);
    }
    for (const finding of await lastWords(engine.store, ended)) {
      step.findings.push({ finding: { ...finding, state: "cleared" }, atMs: Date.parse(finding.lastSeen) });
    }
  },
};

/** What stays published, and the ids of what was told to people and ends. */
function standing({ rules }: Engine, { published }: VehicleState): Pick<VehicleState, "published"> & { readonly ended: readonly string[] } {
  const stages = new Map(rules.map(({ rule }) => [rule.id, rule.status === "shadow" ? ("shadow" as const) : ("live" as const)]));
  const moved = Object.entries(published).filter(([, { ruleId, stage }]) => stages.get(ruleId) !== stage);
  if (moved.length === 0) return { published, ended: [] };
  const gone = new Set(moved.map(([id]) => id));
  return {
    published: Object.fromEntries(Object.entries(published).filter(([id]) => !gone.has(id))),
    ended: moved.flatMap(([id, { stage }]) => (stage === "live" ? [id] : [])),
  };
}

/** The findings as they were last told. */
async function lastWords(store: ColumnStore, ended: ReadonlyMap<string, string>): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const chunk of chunksOf([...ended], VEHICLES_PER_STATEMENT)) {
    const rows = await store.query(
      // FINAL: the last word on each of the few findings of these vehicles.
      `SELECT vin, id, source_kind, source_id, source_version, source_hash, component, severity, state, first_seen, last_seen, cell,
         evidence, sentence, sentence_zh, revision
       FROM findings FINAL WHERE vin IN {vins:Array(String)} AND id IN {ids:Array(String)} AND state = 'active' ORDER BY vin, id`,
      TABLES.findings,
      { params: { vins: [...new Set(chunk.map(([, vin]) => vin))], ids: chunk.map(([id]) => id) } },
    );
    for (const row of rows) {
      const { vin, id, component, severity, state, cell, sentence } = row;
      found.push({
        ...{ vin, id, component, severity, state, cell, sentence },
        source: { kind: row.source_kind, id: row.source_id, version: row.source_version, ...hashOf(row.source_hash) },
        firstSeen: row.first_seen,
        lastSeen: row.last_seen,
        evidence: evidenceSchema.parse(JSON.parse(row.evidence)),
        sentenceZh: row.sentence_zh,
      });
    }
  }
  return found;
}

function hashOf(hash: string): { readonly hash?: string } {
  return hash === "" ? {} : { hash };
}
