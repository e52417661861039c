import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { NO_JIT } from "../engine/settings.ts";
import { type CompiledRule, compileRule, toSql } from "../rules/compile.ts";
import { type EpisodeState, foldEpisodes } from "../rules/episodes.ts";
import { parametersOf } from "../rules/parametersOf.ts";
import type { Rule } from "../rules/readRules.ts";
import { RUN_STATES } from "../rules/runs.ts";
import { MASTER_DATA_SQL, stateRowsSource } from "../rules/stateRows.ts";
import type { Expression } from "../rules/tree.ts";
import { visit } from "../rules/tree.ts";
import { episodeRule } from "./backtest/runPiece.ts";
import { verdictInChinese, verdictInWords } from "./report/verdictInWords.ts";
import type { ExplainedClause, Explanation } from "./types.ts";

const DAY_MS = 86_400_000;
/** How far back an open episode is looked for. */
const HISTORY_MS = 30 * DAY_MS;
const SAMPLES = 120;

const reading = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const clauseRow = z.object({ at_ms: z.number(), holds: z.array(z.number().nullable()), sides: z.array(reading) });
const sampleRow = z.object({ at_ms: z.number(), state: z.number(), measure: z.number().nullable() });
const segmentRow = z.object({ vehicle_model: z.string(), vehicle_chemistry: z.string(), vehicle_market: z.string() });

/**
 * Why a rule did or did not fire for a vehicle at a time: each clause's two sides as the database computed them, what was
 * missing, and where the episode stood. Uses the compiled rule, so it cannot tell another story than the engine.
 */
export async function explain(
  store: ColumnStore,
  rule: Rule,
  { vin, askedMs }: { readonly vin: string; readonly askedMs: number },
): Promise<Explanation> {
  const compiled = compileRule(rule);
  const samples = await readSamples(store, compiled, { vin, askedMs });
  const parameters = parametersOf(rule, await readSegment(store, vin));
  const atMs = samples.at(-1)?.atMs ?? null;
  const condition = clausesOf(rule.condition);
  const clear = clausesOf(rule.clear.condition);
  const clauses = atMs === null ? [] : await readClauses(store, compiled, [...condition, ...clear], { vin, atMs });
  let state: EpisodeState | null = null;
  for (const sample of samples) {
    state = foldEpisodes(episodeRule(rule), state, [{ state: sample.state, fromMs: sample.atMs, toMs: sample.atMs, samples: 1 }]).state;
  }
  const episode = {
    pendingSinceMs: state?.pending?.sinceMs ?? null,
    openSinceMs: state?.open?.startMs ?? null,
    knownMs: state?.open?.knownMs ?? null,
    clearSinceMs: state?.open?.clearSinceMs ?? null,
  };
  const now = samples.at(-1)?.state ?? null;
  const told = { vin, ruleId: rule.id, ruleVersion: rule.version, askedMs, atMs, state: now, episode };
  const explained = clauses.slice(0, condition.length);
  return {
    ...told,
    verdict: verdictInWords({ ...told, condition: explained, rule, samples }),
    verdictZh: verdictInChinese({ ...told, condition: explained, rule, samples }),
    condition: explained,
    clear: clauses.slice(condition.length),
    parameters,
    samples: samples.slice(-SAMPLES),
  };
}

/** The parts joined by AND at the top: all of them must hold. */
function clausesOf(expression: Expression): readonly Expression[] {
  if (expression.kind !== "binary" || expression.operator !== "AND") return [expression];
  return [...clausesOf(expression.left), ...clausesOf(expression.right)];
}

async function readSamples(store: ColumnStore, rule: CompiledRule, { vin, askedMs }: { vin: string; askedMs: number }) {
  const rows = await store.query(
    `SELECT at_ms, ${rule.stateSql} AS state, toFloat64(${rule.measureSql}) AS measure
     FROM (${stateRowsSource([rule], { rowFilter: "1", lookbackMs: rule.lookbackMs }, [], "LIMIT 1 BY vin, event_time, part")}) ORDER BY at_ms, part`,
    sampleRow,
    { params: { vins: [vin], froms: [askedMs - HISTORY_MS], until: askedMs }, settings: NO_JIT },
  );
  return rows.map(({ at_ms, state, measure }) => ({ atMs: at_ms, state: RUN_STATES.get(state) ?? ("unknown" as const), measure }));
}

async function readSegment(store: ColumnStore, vin: string) {
  const [row] = await store.query(`SELECT vehicle_model, vehicle_chemistry, vehicle_market FROM (${MASTER_DATA_SQL})`, segmentRow, {
    params: { vins: [vin] },
  });
  return { model: row?.vehicle_model ?? null, chemistry: row?.vehicle_chemistry ?? null, market: row?.vehicle_market ?? null };
}

async function readClauses(
  store: ColumnStore,
  rule: CompiledRule,
  clauses: readonly Expression[],
  { vin, atMs }: { readonly vin: string; readonly atMs: number },
): Promise<readonly ExplainedClause[]> {
  const render = (expression: Expression) => toSql(expression, rule.parameterSql);
  const columns = [...new Set(clauses.flatMap(columnsOf))];
  const sides = clauses.flatMap((clause) => (isComparison(clause) ? [render(clause.left), render(clause.right)] : ["NULL", "NULL"]));
  const rows = await store.query(
    `SELECT at_ms, [${clauses.map((clause) => `toInt8(${render(clause)})`).join(", ")}]::Array(Nullable(Int8)) AS holds,
       tuple(${[...sides.map(scalar), ...columns.map((column) => `isNull(${column})`)].join(", ")}) AS sides
     FROM (${stateRowsSource([rule], { rowFilter: "1", lookbackMs: rule.lookbackMs })}) WHERE at_ms = {until:Int64} ORDER BY part LIMIT 1`,
    clauseRow,
    { params: { vins: [vin], froms: [atMs - 1], until: atMs }, settings: NO_JIT },
  );
  const [row] = rows;
  if (row === undefined) return [];
  const isMissing = new Map(columns.map((column, i) => [column, Boolean(row.sides[sides.length + i])]));
  return clauses.map((clause, i): ExplainedClause => {
    const holds = row.holds[i];
    return {
      text: textOf(clause),
      holds: holds === null || holds === undefined ? null : holds !== 0,
      left: side(row.sides[2 * i]),
      operator: isComparison(clause) ? clause.operator : null,
      right: side(row.sides[2 * i + 1]),
      missing: columnsOf(clause).filter((column) => isMissing.get(column) === true),
    };
  });
}

function side(value: z.infer<typeof reading> | undefined): number | string | null {
  return typeof value === "boolean" ? String(value) : (value ?? null);
}

/** Numbers stay numbers, enum values become their names. */
function scalar(sql: string): string {
  return sql === "NULL"
    ? sql
    : `if(match(toTypeName(${sql}), 'Enum|String'), CAST(NULL, 'Nullable(Float64)'), toFloat64OrNull(toString(${sql})))`;
}

type Comparison = Extract<Expression, { kind: "binary" }>;

function isComparison(expression: Expression): expression is Comparison {
  return expression.kind === "binary" && ["=", "!=", "<", "<=", ">", ">="].includes(expression.operator);
}

function columnsOf(expression: Expression): readonly string[] {
  const columns = new Set<string>();
  visit(expression, (part) => {
    if (part.kind === "column" || part.kind === "window") columns.add(part.kind === "column" ? part.name : part.column);
  });
  return [...columns];
}

/** The clause as the rule's author would write it. */
function textOf(expression: Expression): string {
  const text = toSql(expression, (name) => `{${name}}`);
  return text.startsWith("(") && text.endsWith(")") ? text.slice(1, -1) : text;
}
