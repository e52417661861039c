import type { Rule } from "../rules/readRules.ts";
import type { ExplainedClause, ExplainedSample, Explanation } from "./types.ts";

type Told = Pick<Explanation, "atMs" | "askedMs" | "state" | "episode" | "condition"> & {
  readonly rule: Rule;
  readonly samples: readonly ExplainedSample[];
};

const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** One or two sentences: does it fire, since when, and if not, what stands in the way. */
export function verdictInWords({ atMs, askedMs, state, episode, condition, rule, samples }: Told): string {
  if (atMs === null) return `No report in the 30 days before ${iso(askedMs)}: nothing could be judged.`;
  const unknown = samples.filter((sample) => sample.state === "unknown").length;
  const missing = unknown === 0 ? "" : ` ${unknown} of ${samples.length} reports in 30 days could not be judged.`;
  if (episode.openSinceMs !== null && episode.knownMs !== null) {
    const clearing = episode.clearSinceMs === null ? "" : ` Clear since ${iso(episode.clearSinceMs)}, not yet for long enough to end it.`;
    return `Fired: condition held since ${iso(episode.openSinceMs)}, known at ${iso(episode.knownMs)}.${clearing}`;
  }
  if (episode.pendingSinceMs !== null) {
    return `Not fired yet: the condition has held since ${iso(episode.pendingSinceMs)}, ${holdText(rule)} are needed.${missing}`;
  }
  if (state === "unknown")
    return `Not evaluated at ${iso(atMs)}: ${list(condition.flatMap((clause) => clause.missing))} missing.${missing}`;
  const against = condition.filter(({ holds }) => holds === false).map(clauseText);
  const reason = against.length === 0 ? "the condition has not held for long enough" : `${list(against)} did not hold`;
  return `Not fired at ${iso(atMs)}: ${reason}.${missing}`;
}

function holdText({ for: hold }: Rule): string {
  if (hold.kind === "duration") return `${hold.ms / 1000} s`;
  return hold.kind === "samples" ? `${hold.count} reports` : `${hold.count} of ${hold.window} reports`;
}

function clauseText({ text, left, operator, right }: ExplainedClause): string {
  return left === null || operator === null ? text : `${text} (${left} ${operator} ${right})`;
}

function list(parts: readonly string[]): string {
  return [...new Set(parts)].join(", ") || "a signal";
}
