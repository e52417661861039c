import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Evidence, Finding } from "@bellwether/contracts/finding";
import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { z } from "zod";
import { chunksOf, VEHICLES_PER_STATEMENT } from "../engine/chunks.ts";
import { fillSentence, type Words } from "../sentence.ts";
import type { CompiledRule } from "./compile.ts";
import { stateRowsSql } from "./stateRows.ts";
import type { RuleUpdate } from "./updates.ts";

const BEFORE_MS = 30 * 60_000;
const WINDOW_MAX_MS = 24 * 3_600_000;
const SERIES_POINTS = 60;
const ARRAYS = new Set(SIGNAL_NAMES.filter((name) => signalDefinition(name).kind === "float32[]").map(columnOf));

const readingSchema = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const evidenceRow = z.object({
  vin: z.string(),
  firing: z.number(),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  readings: z.array(readingSchema),
  at: z.array(z.number()),
  values: z.array(z.number()),
});
type EvidenceRow = z.infer<typeof evidenceRow>;

/** Findings for the updates, in their order, each with the decisive row and the course before it. Few per step. */
export async function describeUpdates(store: ColumnStore, updates: readonly RuleUpdate[], rowFilter: string): Promise<readonly Finding[]> {
  const rows = new Map<RuleUpdate, EvidenceRow>();
  for (const group of uniqueVehicles(updates)) {
    for (const [update, row] of await readEvidence(store, group, rowFilter)) rows.set(update, row);
  }
  return updates.map((update) => toFinding(update, rows.get(update) ?? null));
}

/** Groups of one rule in which no vehicle occurs twice: one statement each. */
function uniqueVehicles(updates: readonly RuleUpdate[]): RuleUpdate[][] {
  const groups: RuleUpdate[][] = [];
  for (const update of updates) {
    const group = groups.find(
      ([first, ...rest]) => first?.rule === update.rule && ![first, ...rest].some((other) => other.vin === update.vin),
    );
    if (group === undefined) groups.push([update]);
    else group.push(update);
  }
  return groups.flatMap((group) => chunksOf(group, VEHICLES_PER_STATEMENT));
}

async function readEvidence(
  store: ColumnStore,
  group: readonly RuleUpdate[],
  rowFilter: string,
): Promise<ReadonlyMap<RuleUpdate, EvidenceRow>> {
  const [first] = group;
  if (first === undefined) return new Map();
  const { rule } = first;
  const worst = rule.rule.measure.worst === "lowest" ? "Min" : "Max";
  const columns = readingColumns(rule);
  const sql = `
    SELECT vin, countIf(fires) AS firing, ${worst.toLowerCase()}If(measure_0, fires) AS value, any(threshold_0) AS threshold,
      arg${worst}If(tuple(${columns.join(", ")}), measure_0, fires) AS readings,
      lttbIf(${SERIES_POINTS})(at_ms, toFloat64(assumeNotNull(measure_0)), isNotNull(measure_0)) AS points,
      points.1 AS at, points.2 AS values
    FROM (SELECT *, states[1] = 1 AND at_ms >= transform(vin, {vins:Array(String)}, {starts:Array(Int64)}, toInt64(0)) AS fires
          FROM (${stateRowsSql([rule], { rowFilter, lookbackMs: rule.lookbackMs }, columns)}))
    WHERE at_ms <= transform(vin, {vins:Array(String)}, {untils:Array(Int64)}, toInt64(0))
    GROUP BY vin`;
  const rows = await store.query(sql, evidenceRow, {
    params: {
      vins: group.map((update) => update.vin),
      froms: group.map(windowStartMs),
      starts: group.map((update) => update.startMs),
      untils: group.map((update) => update.lastFiringMs),
      until: Math.max(...group.map((update) => update.lastFiringMs)),
    },
  });
  const byVin = new Map(rows.map((row) => [row.vin, row]));
  return new Map(group.flatMap((update) => (byVin.has(update.vin) ? [[update, byVin.get(update.vin)] as const] : [])).flatMap(present));
}

function present<A, B>([key, row]: readonly [A, B | undefined]): [A, B][] {
  return row === undefined ? [] : [[key, row]];
}

function windowStartMs({ startMs, lastFiringMs }: RuleUpdate): number {
  return Math.max(startMs - BEFORE_MS, lastFiringMs - WINDOW_MAX_MS);
}

/** Scalar columns the rule reads, plus the state of the car that a person asks for first. */
function readingColumns(rule: CompiledRule): string[] {
  const context = ["vehicle_state", "charge_state", "speed_kmh", "pack_current_a", "soc_pct", "odometer_km"];
  return [...new Set([...rule.columns.filter((column) => !ARRAYS.has(column)), ...context])];
}

function toFinding(update: RuleUpdate, row: EvidenceRow | null): Finding {
  const { rule, id, vin, state } = update;
  const { measure, component, severity, disprovedBy, disprovedByZh, version, sentence } = rule.rule;
  const readings = Object.fromEntries(readingColumns(rule).map((column, i) => [column, row?.readings[i] ?? null]));
  const evidence: Evidence = {
    value: row?.value ?? null,
    unit: measure.unit,
    low: null,
    high: null,
    threshold: row?.threshold ?? null,
    from: new Date(update.startMs).toISOString(),
    to: new Date(update.lastFiringMs).toISOString(),
    samples: row?.firing ?? 0,
    readings,
    series: row === null || row.at.length === 0 ? [] : [{ name: rule.rule.id, unit: measure.unit, at: row.at, values: row.values }],
    disprovedBy,
    ...(disprovedByZh === undefined ? {} : { disprovedByZh }),
  };
  const words: Words = { ...readings, value: evidence.value, threshold: evidence.threshold, unit: measure.unit, samples: evidence.samples };
  return {
    id,
    vin,
    source: { kind: "rule", id: rule.rule.id, version },
    component,
    severity,
    state,
    firstSeen: new Date(update.knownMs).toISOString(),
    lastSeen: evidence.to,
    cell: null,
    evidence,
    sentence: fillSentence(sentence.en, words),
    sentenceZh: fillSentence(sentence.zh, words),
  };
}
