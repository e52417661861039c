import type { Stage } from "../engine/engine.ts";
import { newVehicleState } from "../engine/state.ts";
import { evaluateRules } from "../rules/evaluate.ts";
import { describeUpdates } from "../rules/evidence.ts";
import { type RuleUpdate, ruleUpdates } from "../rules/updates.ts";

/** Evaluates every rule over the new rows and turns episodes into findings. */
export const rules: Stage = {
  name: "rules",
  async run({ store, rules: compiled, config, state }, step) {
    if (step.touched.size === 0) return;
    const scan = { store, rules: compiled, rowFilter: step.rowFilter, offsetMinutes: config.analyticsDayOffsetMinutes };
    const evaluations = await evaluateRules(scan, step.touched, state.vehicles);
    const updates: RuleUpdate[] = [];
    for (const evaluation of evaluations) {
      const before = state.vehicles.get(evaluation.vin) ?? newVehicleState();
      const told = ruleUpdates(evaluation, compiled, before.published, config.analyticsHeartbeatMs);
      updates.push(...told.updates);
      const { snapshot, checkpoints } = evaluation;
      state.vehicles.set(evaluation.vin, { ...before, snapshot, checkpoints: [...checkpoints], published: told.published });
      if (evaluation.isLate) step.counts.lateVehicles += 1;
      if (evaluation.isReplayed) step.counts.replayedVehicles += 1;
    }
    const findings = await describeUpdates(store, updates, step.rowFilter);
    step.findings.push(...findings.map((finding, i) => ({ finding, atMs: updates[i]?.atMs ?? 0 })));
  },
};
