import type { Rule } from "../../rules/readRules.ts";
import type { BacktestRequest, GroundTruth } from "../types.ts";
import type { Lane } from "./lanes.ts";
import type { Prefilter } from "./prefilter.ts";
import type { Snapshot } from "./snapshot.ts";

/** A back-test that has been checked and may start. */
export interface Plan {
  readonly request: BacktestRequest;
  readonly rule: Rule;
  /** The rule as it stands first, then the lanes of the sweep. */
  readonly lanes: readonly Lane[];
  readonly prefilter: Prefilter;
  readonly labels: readonly GroundTruth[];
  readonly rowsEstimated: number;
  /** What the run may see. */
  readonly snapshot: Snapshot;
}
