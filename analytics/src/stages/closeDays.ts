import { closableDays } from "../engine/closing.ts";
import type { Stage } from "../engine/engine.ts";

/** Decides which vehicle-days are complete. Final steps close days only once nothing is left to read. */
export const closeDays: Stage = {
  name: "close-days",
  async run({ config, state, now }, step) {
    step.closing = closableDays(state.vehicles, {
      offsetMinutes: config.analyticsDayOffsetMinutes,
      graceMs: config.analyticsDayGraceMs,
      idleMs: config.analyticsIdleCloseMs,
      nowMs: now(),
      isFinal: step.isFinal && step.ranges.length === 0,
    });
    step.counts.closedDays = step.closing.length;
    step.counts.recomputedDays = step.again.length;
  },
};
