import type { Rule } from "./readRules.ts";

/** What a rule's overrides ask about a vehicle; null where the master data do not say. */
export interface Segment {
  readonly model: string | null;
  readonly chemistry: string | null;
  readonly market: string | null;
}

export interface ResolvedParameter {
  readonly value: number;
  /** `default`, or which override gave it. */
  readonly from: string;
}

/**
 * A rule's parameters for one kind of vehicle, as the compiled SQL resolves them: the first matching override that sets a
 * parameter, else its default. An override that leaves one out inherits it from the ones after it.
 */
export function parametersOf(rule: Pick<Rule, "parameters" | "overrides">, segment: Segment): Readonly<Record<string, ResolvedParameter>> {
  const matching = rule.overrides.filter(({ where }) =>
    Object.entries(where).every(([key, wanted]) => wanted === undefined || isSame(segment, key, wanted)),
  );
  return Object.fromEntries(
    Object.entries(rule.parameters).map(([name, { default: value }]) => {
      const override = matching.find(({ set }) => set[name] !== undefined);
      return [
        name,
        override === undefined ? { value, from: "default" } : { value: override.set[name] ?? value, from: nameOf(override.where) },
      ];
    }),
  );
}

function isSame(segment: Segment, key: string, wanted: string): boolean {
  return (
    (key === "model" && segment.model === wanted) ||
    (key === "chemistry" && segment.chemistry === wanted) ||
    (key === "market" && segment.market === wanted)
  );
}

function nameOf(where: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(where)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${value}`]))
    .join(", ");
}
