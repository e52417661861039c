import { dayStartMs } from "../engine/days.ts";
import type { Stage } from "../engine/engine.ts";
import { computeFeatures } from "../features/computeFeatures.ts";
import { SESSION_LOOKBACK_MS } from "../features/sessionsSql.ts";

/** Computes the features of the closing days, and again those of closed days that received late rows. */
export const features: Stage = {
  name: "features",
  async run({ store, config, series, now }, step) {
    const days = [...step.closing, ...step.again];
    if (days.length === 0) return;
    const offsetMinutes = config.analyticsDayOffsetMinutes;
    const { gate } = await computeFeatures({ store, offsetMinutes, rowFilter: step.rowFilter, nowMs: now() }, days);
    step.gate = gate;
    step.counts.notEvaluated += gate.filter((result) => result.reason !== null).length;
    const first = days.map((pair) => pair.day).sort()[0] ?? "1970-01-01";
    await series.refresh(days, dayStartMs(first, offsetMinutes) - SESSION_LOOKBACK_MS);
  },
};
