import { closableDays } from "../engine/closing.ts";
import type { Engine, Stage, Step } from "../engine/engine.ts";
import { LIVE_MS } from "../engine/live.ts";

/** Decides which vehicle-days are complete. Final steps close days only once nothing is left to read. */
export const closeDays: Stage = {
  name: "close-days",
  async run(engine, step) {
    const { config, state, now } = engine;
    if (isUrgent(engine, step)) return;
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

/**
 * A live "stop driving" is told before anything is computed for the evening: days of many vehicles may close in the same step and
 * take minutes. They close in the next step, which follows at once. In a replay nobody is waiting, and order by event time is kept.
 */
function isUrgent({ now }: Engine, step: Step): boolean {
  if (step.ranges.length === 0) return false;
  return step.findings.some(({ atMs, finding }) => finding.severity === "critical" && finding.state === "active" && now() - atMs < LIVE_MS);
}
