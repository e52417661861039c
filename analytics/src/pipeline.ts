import type { Stage } from "./engine/engine.ts";
import { closeDays } from "./stages/closeDays.ts";
import { commonCause } from "./stages/commonCause.ts";
import { detect } from "./stages/detect.ts";
import { features } from "./stages/features.ts";
import { landed } from "./stages/landed.ts";
import { laneRules } from "./stages/laneRules.ts";
import { outOfForce } from "./stages/outOfForce.ts";
import { publish } from "./stages/publish.ts";
import { recomputeHealth } from "./stages/recomputeHealth.ts";
import { reviewFleet } from "./stages/reviewFleet.ts";
import { rules } from "./stages/rules.ts";
import { save } from "./stages/save.ts";
import { watchRates } from "./stages/watchRates.ts";

/** From table to finding: what one step of the engine does, in this order. */
export const PIPELINE: readonly Stage[] = [
  landed, // which offsets have landed since the cursors, and whose rows they are
  outOfForce, // what is open of rules that are no longer live, after the catalogue has changed
  rules, // conditions over the new rows, in event time per vehicle
  closeDays, // which vehicle-days are complete
  features, // quality gate, cell roll-up, charging sessions of those days
  recomputeHealth, // past weeks again, where the method has a new version
  detect, // day by day, with nothing younger than the day
  laneRules, // conditions over scores of outside models and over the numbers of closed days
  commonCause, // many vehicles of a model at once: one finding about the fleet
  reviewFleet, // once a week: units no model can have, vehicles far from their model
  publish, // table, then topic
  watchRates, // once a week: what begins more often than it used to, and the parts it asks for
  save, // cursors and state in one block: the step has happened
];
