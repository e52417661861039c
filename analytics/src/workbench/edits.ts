import type { Read, Rule } from "../rules/readRules.ts";

/** The rule with other defaults, each within the file's bounds. */
export function withParameters(rule: Rule, values: Readonly<Record<string, number>>): Read<Rule> {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const bounds = rule.parameters[name];
    if (bounds === undefined) return [`"${name}" is not a parameter of ${rule.id}; it has ${Object.keys(rule.parameters).join(", ")}`];
    return value >= bounds.min && value <= bounds.max
      ? []
      : [`${name}: expected ${bounds.min} to ${bounds.max} ${bounds.unit}, got ${value}`];
  });
  if (problems.length > 0) return { ok: false, problems };
  const parameters = Object.fromEntries(
    Object.entries(rule.parameters).map(([name, parameter]) => [name, { ...parameter, default: values[name] ?? parameter.default }]),
  );
  return { ok: true, value: { ...rule, parameters } };
}
