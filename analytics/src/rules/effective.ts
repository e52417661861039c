import { type CompiledRule, compileRule, STATE_CODES } from "./compile.ts";
import type { Rule } from "./readRules.ts";

/**
 * A rule as the live engine runs it: outside its effective dates nothing fires and what is open clears. A back-test leaves them
 * out, because it asks what the rule would have said.
 */
export function compileEffective(rule: Rule): CompiledRule {
  const compiled = compileRule(rule);
  const { from, until } = rule.effective ?? {};
  const tests = [
    ...(from === undefined ? [] : [`at_ms < ${Date.parse(from)}`]),
    ...(until === undefined ? [] : [`at_ms >= ${Date.parse(until)}`]),
  ];
  if (tests.length === 0) return compiled;
  return { ...compiled, stateSql: `if(${tests.join(" OR ")}, ${STATE_CODES.clear}, ${compiled.stateSql})` };
}
