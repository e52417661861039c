import type { ColumnStore } from "@bellwether/clickhouse/store";
import { compileRule } from "../rules/compile.ts";
import { evaluateRules } from "../rules/evaluate.ts";
import type { Rule } from "../rules/readRules.ts";
import type { RuleExample } from "../rules/schema.ts";

/** How one example of one rule went. */
export interface ExampleResult {
  readonly ruleId: string;
  readonly example: string;
  /** Where it stands in the rule's file. */
  readonly path: readonly (string | number)[];
  readonly isAsExpected: boolean;
  readonly detail: string;
}

interface Case {
  readonly vin: string;
  readonly rule: Rule;
  readonly example: RuleExample;
  readonly path: readonly (string | number)[];
  readonly shouldFire: boolean;
}

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 2, 1);

/** Runs every example of the rules through the live evaluation, in a store that holds nothing else. */
export async function runExamples(store: ColumnStore, rules: readonly Rule[]): Promise<readonly ExampleResult[]> {
  const cases = rules.flatMap((rule, r): Case[] => [
    { vin: `FIRES${r}`, rule, example: rule.examples.fires, path: ["examples", "fires"], shouldFire: true },
    ...rule.examples.quiet.map(
      (example, q): Case => ({ vin: `QUIET${r}-${q}`, rule, example, path: ["examples", "quiet", q], shouldFire: false }),
    ),
  ]);
  const reading = (table: Rule["reads"]) => cases.filter(({ rule }) => rule.reads === table);
  await store.insertRows("telemetry", reading(undefined).flatMap(rowsOf), { token: "examples" });
  await store.insertRows("outside_scores", reading("outside_scores").flatMap(scoresOf), { token: "example-scores" });
  await store.insertRows("daily_features", reading("daily_features").flatMap(daysOf), { token: "example-days" });
  const results: ExampleResult[] = [];
  for (const one of cases) results.push(await runCase(store, one));
  return results;
}

async function runCase(store: ColumnStore, { vin, rule, example, path, shouldFire }: Case): Promise<ExampleResult> {
  const times = timesOf(example).map(({ atMs }) => atMs);
  const batch = { vin, rows: times.length, minMs: Math.min(...times), maxMs: Math.max(...times), days: ["2026-03-01"] };
  const scan = { store, rules: [compileRule(rule)], rowFilter: "1", offsetMinutes: 0 };
  const [evaluation] = await evaluateRules(scan, new Map([[vin, batch]]), new Map());
  const opened = evaluation?.events.filter(({ event }) => event.kind === "opened").length ?? 0;
  const isAsExpected = opened === (shouldFire ? 1 : 0);
  const wanted = shouldFire ? "to fire once" : "not to fire";
  return {
    ruleId: rule.id,
    example: example.note,
    path,
    isAsExpected,
    detail: isAsExpected ? "" : `expected ${wanted}, fired ${opened} times`,
  };
}

function timesOf({ rows }: RuleExample) {
  return rows.flatMap(({ at, repeat, every, ...columns }) =>
    Array.from({ length: repeat }, (_, i) => ({ atMs: START_MS + at + i * every, columns })),
  );
}

function scoresOf({ vin, rule, example }: Case): readonly object[] {
  return timesOf(example).map(({ atMs, columns }) => {
    const at = new Date(atMs).toISOString();
    return { score: columns.score, vin, model: rule.model, event_time: at, received_time: at, model_version: "example" };
  });
}

/** A day's numbers are known at its end, so an example's line at 24 h is the first day's. */
function daysOf({ vin, rule, example }: Case): readonly object[] {
  return timesOf(example).map(({ atMs, columns: { samples = 100, ...features } }) => {
    const known = Object.fromEntries(Object.entries(features).filter(([, value]) => value !== null));
    const day = new Date(atMs - DAY_MS).toISOString().slice(0, 10);
    return { vin, day, family: rule.family, samples, features: known, computed_at: new Date(atMs).toISOString() };
  });
}

function rowsOf({ vin, example }: Case): readonly object[] {
  return timesOf(example).map(({ atMs, columns }, i) => {
    const at = new Date(atMs).toISOString();
    return {
      ...columns,
      vin,
      part: 0,
      event_time: at,
      received_time: at,
      format: "example",
      log_topic: "examples",
      log_partition: 0,
      log_offset: i,
    };
  });
}
