import { hashOf } from "../../hash.ts";
import type { Provenance } from "../types.ts";
import { codeSql } from "./lanes.ts";
import type { Plan } from "./plan.ts";
import type { Results } from "./results.ts";

/** Changes whenever the same request could give another result. */
const WORKBENCH_VERSION = "0.1.0-w3";

/** What a run rested on, and the hash of what came out. */
export function provenanceOf(plan: Plan, results: Results): Provenance {
  const { rule, request, labels, lanes, snapshot } = plan;
  const { ruleText, ruleFile: _file, labels: _labels, limits: _limits, snapshot: _snapshot, ...asked } = request;
  return {
    ruleId: rule.id,
    ruleVersion: rule.version,
    ruleHash: hashOf(ruleText),
    codeVersion: `${WORKBENCH_VERSION}+${hashOf(lanes.slice(0, 2).map(codeSql)).slice(0, 12)}`,
    snapshot,
    labelsHash: hashOf(labels),
    requestHash: hashOf(asked),
    resultHash: hashOf([results.score(request.policy.resamples), results.firings(), results.sweep()]),
  };
}

/** A fixed number in [0, 1) for a vehicle: whether it belongs to a sample. */
export function shareOf(vin: string): number {
  return Number.parseInt(hashOf(vin).slice(0, 8), 16) / 2 ** 32;
}
