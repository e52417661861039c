import { type CompiledRule, numberSql, toSql } from "../rules/compile.ts";
import { necessaryPart } from "../rules/necessary.ts";
import { parametersOf, type Segment } from "../rules/parametersOf.ts";
import type { Rule } from "../rules/readRules.ts";

/** A rule that one report decides and that nobody may wait for. */
export interface UrgentRule {
  readonly compiled: CompiledRule;
  /** True for every report that fires, on any vehicle, and for few others; reads the report alone. */
  readonly mayFireSql: string;
}

/**
 * Live critical rules over reports with `for: 1 samples`. One whose condition says nothing about the report itself stays with
 * the others: it could only be found by looking at every vehicle.
 */
export function urgentRulesOf(rules: readonly CompiledRule[]): readonly UrgentRule[] {
  return rules.flatMap((compiled) => {
    const { rule, source } = compiled;
    const isOneReport = rule.for.kind === "samples" && rule.for.count === 1;
    if (rule.status !== "live" || rule.severity !== "critical" || source.table !== "telemetry" || !isOneReport) return [];
    const mayFireSql = mayFire(rule);
    return mayFireSql === null ? [] : [{ compiled, mayFireSql }];
  });
}

/** The row's own part of the condition with the values of every kind of vehicle that has its own; unknown is no. */
function mayFire(rule: Rule): string | null {
  const necessary = necessaryPart(rule.condition);
  if (necessary === null) return null;
  const conditions = segmentsOf(rule).map((segment) => {
    const values = parametersOf(rule, segment);
    return toSql(necessary, (name) => numberSql(values[name]?.value ?? Number.NaN));
  });
  return [...new Set(conditions)].map((sql) => `ifNull(${sql}, 0)`).join(" OR ");
}

/** Every kind of vehicle the overrides tell apart. */
function segmentsOf({ overrides }: Rule): readonly Segment[] {
  const named = (key: keyof Segment) => [null, ...new Set(overrides.flatMap(({ where }) => where[key] ?? []))];
  return named("model").flatMap((model) =>
    named("chemistry").flatMap((chemistry) => named("market").map((market) => ({ model, chemistry, market }))),
  );
}
