import type { VehicleState } from "../engine/state.ts";
import { findingId } from "../findingId.ts";
import type { CompiledRule } from "./compile.ts";
import type { Evaluation } from "./evaluate.ts";

/** A finding of a rule that has to be written and published. */
export interface RuleUpdate {
  readonly vin: string;
  readonly rule: CompiledRule;
  readonly id: string;
  readonly state: "active" | "cleared";
  readonly startMs: number;
  readonly lastFiringMs: number;
}

type Published = VehicleState["published"];

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
  const tell = (rule: CompiledRule, state: RuleUpdate["state"], startMs: number, lastFiringMs: number) => {
    const id = ruleFindingId(evaluation.vin, rule, startMs);
    updates.push({ vin: evaluation.vin, rule, id, state, startMs, lastFiringMs });
    if (state === "active") next[id] = { ruleId: rule.rule.id, startMs, seenMs: lastFiringMs };
    else delete next[id];
  };
  for (const { rule, event } of evaluation.events) {
    const { startMs, lastFiringMs } = event.episode;
    const isKnown = next[ruleFindingId(evaluation.vin, rule, startMs)] !== undefined;
    if (event.kind === "cleared") tell(rule, "cleared", startMs, lastFiringMs);
    else if (!isKnown) tell(rule, "active", startMs, lastFiringMs);
  }
  for (const [ruleId, state] of Object.entries(evaluation.snapshot.rules)) {
    const rule = byId.get(ruleId);
    if (rule === undefined || state.open === null) continue;
    const seen = next[ruleFindingId(evaluation.vin, rule, state.open.startMs)];
    const isDue = seen === undefined || state.open.lastFiringMs - seen.seenMs >= heartbeatMs;
    if (isDue) tell(rule, "active", state.open.startMs, state.open.lastFiringMs);
  }
  withdraw(evaluation, byId, next, tell);
  return { updates, published: next };
}

function withdraw(
  evaluation: Evaluation,
  byId: ReadonlyMap<string, CompiledRule>,
  published: Published,
  tell: (rule: CompiledRule, state: "cleared", startMs: number, lastFiringMs: number) => void,
): void {
  for (const { ruleId, startMs, seenMs } of Object.values(published)) {
    const rule = byId.get(ruleId);
    const open = evaluation.snapshot.rules[ruleId]?.open ?? null;
    if (rule !== undefined && open?.startMs !== startMs) tell(rule, "cleared", startMs, seenMs);
  }
}

function ruleFindingId(vin: string, { rule }: CompiledRule, startMs: number): string {
  return findingId({ vin, sourceId: rule.id, component: rule.component, cell: null, start: startMs });
}
