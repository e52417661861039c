import type { Stage } from "../engine/engine.ts";
import { newVehicleState } from "../engine/state.ts";
import { evaluateRules } from "../rules/evaluate.ts";
import { describeUpdates } from "../rules/evidence.ts";
import { firingRows } from "../rules/firings.ts";
import { type RuleUpdate, ruleUpdates } from "../rules/updates.ts";

/**
 * Evaluates every live and shadow rule over the new rows in one scan and turns the live ones' episodes into findings;
 * the record of firings has both.
 */
export const rules: Stage = {
  name: "rules",
  async run({ store, rules: all, config, state, urgent }, step) {
    const compiled = all.filter(({ source }) => source.table === "telemetry");
    if (step.touched.size === 0) return;
    const scan = { store, rules: compiled, rowFilter: step.rowFilter, offsetMinutes: config.analyticsDayOffsetMinutes };
    const evaluations = await evaluateRules(scan, step.touched, state.vehicles);
    const updates: RuleUpdate[] = [];
    for (const evaluation of evaluations) {
      const before = state.vehicles.get(evaluation.vin) ?? newVehicleState();
      const told = ruleUpdates(evaluation, compiled, before.published, config.analyticsHeartbeatMs);
      const { snapshot, checkpoints } = evaluation;
      state.vehicles.set(evaluation.vin, { ...before, snapshot, checkpoints: [...checkpoints], published: told.published });
      const found = new Set([...told.updates.map(({ id }) => id), ...Object.keys(told.published)]);
      updates.push(...told.updates, ...urgent.undone(evaluation.vin, state, found));
      if (evaluation.isLate) step.counts.lateVehicles += 1;
      if (evaluation.isReplayed) step.counts.replayedVehicles += 1;
    }
    const live = updates.filter(({ rule }) => rule.rule.status === "live");
    const findings = await describeUpdates(store, live, step.rowFilter);
    step.findings.push(...findings.map((finding, i) => ({ finding, atMs: live[i]?.atMs ?? 0 })));
    step.firings.push(...(await firingRows(store, { updates, evaluations, rules: compiled })));
  },
};
