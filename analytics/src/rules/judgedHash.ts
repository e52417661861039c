import { hashOf } from "../hash.ts";
import type { Rule } from "./readRules.ts";

/** The hash of what decides a rule's firings: two texts with the same one fire alike, whatever they are called. */
export function judgedHash({ condition, for: hold, clear, measure, parameters, overrides, component }: Rule): string {
  return hashOf({ condition, hold, clear, measure, parameters, overrides, component });
}
