import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Evidence, Finding } from "@bellwether/contracts/finding";
import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { z } from "zod";
import { chunksOf, VEHICLES_PER_STATEMENT } from "../engine/chunks.ts";
import { NO_JIT } from "../engine/settings.ts";
import { fillSentence, type Words } from "../sentence.ts";
import type { CompiledRule } from "./compile.ts";
import { judgedHash } from "./judgedHash.ts";
import { stateRowsSql } from "./stateRows.ts";
import type { RuleUpdate } from "./updates.ts";

const BEFORE_MS = 30 * 60_000;
const SERIES_POINTS = 60;
const ARRAYS = new Set(SIGNAL_NAMES.filter((name) => signalDefinition(name).kind === "float32[]").map(columnOf));

const readingSchema = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const evidenceRow = z.object({
  i: z.number(),
  firing: z.number(),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  readings: z.array(readingSchema),
  at: z.array(z.number()),
  values: z.array(z.number()),
});
type EvidenceRow = z.infer<typeof evidenceRow>;

/** Findings for the updates, in their order, each with the decisive row and the course before it. One statement per step. */
export async function describeUpdates(store: ColumnStore, updates: readonly RuleUpdate[], rowFilter: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const chunk of chunksOf(updates, VEHICLES_PER_STATEMENT)) {
    const columns = readingColumns(chunk);
    const rows = await readEvidence(store, chunk, columns, rowFilter);
    chunk.forEach((update, index) => {
      findings.push(toFinding(update, rows.get(index) ?? null, columns));
    });
  }
  return findings;
}

/** Evidence by index of the update: each looks at its own vehicle, rule and window. */
async function readEvidence(
  store: ColumnStore,
  updates: readonly RuleUpdate[],
  columns: readonly string[],
  rowFilter: string,
): Promise<ReadonlyMap<number, EvidenceRow>> {
  const rules = [...new Set(updates.map((update) => update.rule))];
  const lookbackMs = Math.max(0, ...rules.map((rule) => rule.lookbackMs));
  const array = (name: string) => `[${rules.map((_, k) => `toFloat64(${name}_${k})`).join(", ")}]::Array(Nullable(Float64))`;
  const sql = `
    SELECT i, countIf(fires) AS firing, maxIf(height, fires) * any(direction) AS value, any(threshold) AS threshold,
      argMaxIf(readings, height, fires) AS readings, lttbIf(${SERIES_POINTS})(at_ms, assumeNotNull(measure), isNotNull(measure)) AS points,
      points.1 AS at, points.2 AS values
    FROM (
      SELECT i, at_ms, readings, measures[rule] AS measure, thresholds[rule] AS threshold, direction, measure * direction AS height,
        states[rule] = 1 AND at_ms >= start_ms AS fires
      FROM (
        SELECT vin, at_ms, states, tuple(${columns.join(", ")}) AS readings, ${array("measure")} AS measures, ${array("threshold")} AS thresholds
        FROM (${stateRowsSql(rules, { rowFilter, lookbackMs }, columns)})
      ) AS reports
      INNER JOIN (
        SELECT tupleElement(u, 1) AS i, tupleElement(u, 2) AS vin, tupleElement(u, 3) AS rule, tupleElement(u, 4) AS direction,
          tupleElement(u, 5) AS from_ms, tupleElement(u, 6) AS start_ms, tupleElement(u, 7) AS until_ms
        FROM (SELECT arrayJoin(arrayZip({indices:Array(UInt32)}, {cars:Array(String)}, {rules:Array(UInt32)}, {directions:Array(Int8)},
          {windows:Array(Int64)}, {starts:Array(Int64)}, {untils:Array(Int64)})) AS u)
      ) AS updates USING (vin)
      WHERE at_ms > from_ms AND at_ms <= until_ms
    )
    GROUP BY i`;
  const rows = await store.query(sql, evidenceRow, { params: evidenceParams(updates, rules), settings: NO_JIT });
  return new Map(rows.map((row) => [row.i, row]));
}

function evidenceParams(updates: readonly RuleUpdate[], rules: readonly CompiledRule[]): Record<string, unknown> {
  const earliest = new Map<string, number>();
  for (const update of updates)
    earliest.set(update.vin, Math.min(earliest.get(update.vin) ?? Number.POSITIVE_INFINITY, windowStartMs(update)));
  return {
    vins: [...earliest.keys()],
    froms: [...earliest.values()],
    until: Math.max(...updates.map((update) => update.lastFiringMs)),
    indices: updates.map((_, i) => i),
    cars: updates.map((update) => update.vin),
    rules: updates.map((update) => rules.indexOf(update.rule) + 1),
    directions: updates.map((update) => (update.rule.rule.measure.worst === "lowest" ? -1 : 1)),
    windows: updates.map(windowStartMs),
    starts: updates.map((update) => update.startMs),
    untils: updates.map((update) => update.lastFiringMs),
  };
}

function windowStartMs({ rule: { source }, startMs, lastFiringMs }: RuleUpdate): number {
  const beforeMs = source.table === "telemetry" ? BEFORE_MS : source.courseMs;
  return Math.max(startMs - beforeMs, lastFiringMs - source.courseMs);
}

/** What a person asks for first about the state of the car. */
const CONTEXT = ["vehicle_state", "charge_state", "speed_kmh", "pack_current_a", "soc_pct", "odometer_km"] as const;

/** Scalar columns that any of the rules reads, and the context. */
function readingColumns(updates: readonly RuleUpdate[]): string[] {
  return [...new Set(updates.flatMap(({ rule }) => columnsOf(rule)))];
}

function columnsOf(rule: CompiledRule): string[] {
  const context = rule.source.table === "telemetry" ? CONTEXT : [];
  return [...new Set([...rule.columns.filter((column) => !ARRAYS.has(column)), ...context])];
}

function toFinding(update: RuleUpdate, row: EvidenceRow | null, columns: readonly string[]): Finding {
  const { rule, id, vin, state } = update;
  const { measure, component, severity, disprovedBy, disprovedByZh, version, sentence } = rule.rule;
  const readings = Object.fromEntries(columnsOf(rule).map((column) => [column, row?.readings[columns.indexOf(column)] ?? null]));
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
    source: { kind: "rule", id: rule.rule.id, version, hash: judgedHash(rule.rule).slice(0, 12) },
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
