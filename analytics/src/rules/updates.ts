import type { VehicleState } from "../engine/state.ts";
import { findingId } from "../findingId.ts";
import type { CompiledRule } from "./compile.ts";
import type { OpenEpisode } from "./episodes.ts";
import type { Evaluation } from "./evaluate.ts";

type Span = Pick<OpenEpisode, "startMs" | "knownMs" | "lastFiringMs">;

/** A finding of a rule that has to be written and published. */
export interface RuleUpdate extends Span {
  readonly vin: string;
  readonly rule: CompiledRule;
  readonly id: string;
  readonly state: "active" | "cleared";
  /** When it had to be told, in event time. */
  readonly atMs: number;
  /** A late row showed that it never was. */
  readonly isWithdrawn: boolean;
}

type Published = VehicleState["published"];
type Tell = (rule: CompiledRule, state: RuleUpdate["state"] | "withdrawn", span: Span, atMs: number) => void;

/**
 * What to tell the world after an evaluation, in order: openings, endings, and at most one sign of life per open finding
 * and `heartbeatMs` of event time. A finding that an out-of-order row has undone is withdrawn by clearing it.
 */
export function ruleUpdates(
  evaluation: Evaluation,
  rules: readonly CompiledRule[],
  published: Published,
  heartbeatMs: number,
): { readonly updates: readonly RuleUpdate[]; readonly published: Published } {
  const byId = new Map(rules.map((rule) => [rule.rule.id, rule]));
  const next: Published = { ...published };
  const updates: RuleUpdate[] = [];
  const tell: Tell = (rule, state, { startMs, knownMs, lastFiringMs }, atMs) => {
    const id = ruleFindingId(evaluation.vin, rule, startMs);
    const isWithdrawn = state === "withdrawn";
    updates.push({
      vin: evaluation.vin,
      rule,
      id,
      state: isWithdrawn ? "cleared" : state,
      startMs,
      knownMs,
      lastFiringMs,
      atMs,
      isWithdrawn,
    });
    const stage = rule.rule.status === "shadow" ? "shadow" : "live";
    if (state === "active") next[id] = { ruleId: rule.rule.id, startMs, knownMs, seenMs: lastFiringMs, stage };
    else delete next[id];
  };
  for (const { rule, event } of evaluation.events) {
    const { episode } = event;
    const isKnown = next[ruleFindingId(evaluation.vin, rule, episode.startMs)] !== undefined;
    if (event.kind === "cleared") tell(rule, "cleared", episode, event.atMs);
    else if (!isKnown) tell(rule, "active", episode, episode.knownMs);
  }
  for (const [ruleId, state] of Object.entries(evaluation.snapshot.rules)) {
    const rule = byId.get(ruleId);
    if (rule === undefined || state.open === null) continue;
    const seen = next[ruleFindingId(evaluation.vin, rule, state.open.startMs)];
    const isNew = seen !== undefined && published[ruleFindingId(evaluation.vin, rule, state.open.startMs)] === undefined;
    // An opening says only what was known then; where the batch already went further, the course since is told at once.
    const dueMs = isNew ? 1 : heartbeatMs;
    const isDue = seen === undefined || state.open.lastFiringMs - seen.seenMs >= dueMs;
    if (isDue) tell(rule, "active", state.open, state.open.lastFiringMs);
  }
  withdraw(evaluation, byId, next, tell);
  return { updates, published: next };
}

function withdraw(evaluation: Evaluation, byId: ReadonlyMap<string, CompiledRule>, published: Published, tell: Tell): void {
  for (const { ruleId, startMs, knownMs, seenMs } of Object.values(published)) {
    const rule = byId.get(ruleId);
    const open = evaluation.snapshot.rules[ruleId]?.open ?? null;
    if (rule === undefined || open?.startMs === startMs) continue;
    tell(rule, "withdrawn", { startMs, knownMs, lastFiringMs: seenMs }, evaluation.snapshot.watermarkMs);
  }
}

function ruleFindingId(vin: string, { rule }: CompiledRule, startMs: number): string {
  return findingId({ vin, sourceId: rule.id, component: rule.component, cell: null, start: startMs });
}
