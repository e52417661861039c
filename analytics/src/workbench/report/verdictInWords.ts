import type { Rule } from "../../rules/readRules.ts";
import type { ExplainedClause, ExplainedSample, Explanation } from "../types.ts";

type Told = Pick<Explanation, "atMs" | "askedMs" | "state" | "episode" | "condition"> & {
  readonly rule: Rule;
  readonly samples: readonly ExplainedSample[];
};

const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** One or two sentences: does it fire, since when, and if not, what stands in the way. */
export function verdictInWords(told: Told): string {
  const { atMs, askedMs, state, episode, condition, rule } = told;
  if (atMs === null) return `No report in the 30 days before ${iso(askedMs)}: nothing could be judged.`;
  const { unknown, all } = unjudged(told);
  const missing = unknown === 0 ? "" : ` ${unknown} of ${all} reports in 30 days could not be judged.`;
  if (episode.openSinceMs !== null && episode.knownMs !== null) {
    const clearing = episode.clearSinceMs === null ? "" : ` Clear since ${iso(episode.clearSinceMs)}, not yet for long enough to end it.`;
    return `Fired: condition held since ${iso(episode.openSinceMs)}, known at ${iso(episode.knownMs)}.${clearing}`;
  }
  if (episode.pendingSinceMs !== null) {
    return `Not fired yet: the condition has held since ${iso(episode.pendingSinceMs)}, ${holdText(rule, "reports", "of")} are needed.${missing}`;
  }
  if (state === "unknown") return `Not evaluated at ${iso(atMs)}: ${list(missingOf(condition)) || "a signal"} missing.${missing}`;
  const against = failing(condition);
  const reason = against === "" ? "the condition has not held for long enough" : `${against} did not hold`;
  return `Not fired at ${iso(atMs)}: ${reason}.${missing}`;
}

/** The same in Chinese. */
export function verdictInChinese(told: Told): string {
  const { atMs, askedMs, state, episode, condition, rule } = told;
  if (atMs === null) return `${iso(askedMs)}之前30天内没有上报，无法判定。`;
  const { unknown, all } = unjudged(told);
  const missing = unknown === 0 ? "" : `30天内${all}条上报中有${unknown}条无法判定。`;
  if (episode.openSinceMs !== null && episode.knownMs !== null) {
    const clearing = episode.clearSinceMs === null ? "" : `自${iso(episode.clearSinceMs)}起已恢复，但时间还不足以结束。`;
    return `已触发：条件自${iso(episode.openSinceMs)}起成立，于${iso(episode.knownMs)}确认。${clearing}`;
  }
  if (episode.pendingSinceMs !== null) {
    return `尚未触发：条件自${iso(episode.pendingSinceMs)}起成立，需要${holdText(rule, "条上报", "/")}。${missing}`;
  }
  if (state === "unknown") return `${iso(atMs)}未评估：缺少${list(missingOf(condition)) || "信号"}。${missing}`;
  const against = failing(condition);
  return `${iso(atMs)}未触发：${against === "" ? "条件成立的时间不够长" : `${against} 不成立`}。${missing}`;
}

function unjudged({ samples }: Told) {
  return { unknown: samples.filter((sample) => sample.state === "unknown").length, all: samples.length };
}

function holdText({ for: hold }: Rule, reports: string, of: string): string {
  if (hold.kind === "duration") return `${hold.ms / 1000} s`;
  return hold.kind === "samples" ? `${hold.count} ${reports}` : `${hold.count} ${of} ${hold.window} ${reports}`;
}

function missingOf(condition: Told["condition"]): readonly string[] {
  return condition.flatMap((clause) => clause.missing);
}

function failing(condition: Told["condition"]): string {
  return list(condition.filter(({ holds }) => holds === false).map(clauseText));
}

function clauseText({ text, left, operator, right }: ExplainedClause): string {
  return left === null || operator === null ? text : `${text} (${left} ${operator} ${right})`;
}

function list(parts: readonly string[]): string {
  return [...new Set(parts)].join(", ");
}
