import type { Stage } from "../engine/engine.ts";
import { advanceCursors, isVisible, readLanded } from "../engine/landed.ts";
import { newVehicleState } from "../engine/state.ts";
import { readTouched } from "../engine/touched.ts";

/** Finds the rows of this step by log offset, and moves the vehicles' clocks (event time) and open days forward. */
export const landed: Stage = {
  name: "landed",
  async run(engine, step) {
    const { store, config, state } = engine;
    step.ranges = await readLanded(store, state.cursors, config.analyticsRowsPerStep);
    const cursors = advanceCursors(state.cursors, step.ranges);
    step.rowFilter = isVisible(cursors);
    step.touched = await readTouched(store, step.ranges, config.analyticsDayOffsetMinutes);
    engine.state = { ...state, cursors, step: state.step + 1 };
    const nowMs = engine.now();
    for (const { vin, rows, maxMs, days } of step.touched.values()) {
      const before = state.vehicles.get(vin) ?? newVehicleState();
      const open = days.filter((day) => before.lastClosedDay === null || day > before.lastClosedDay);
      const again = days.filter((day) => before.lastClosedDay !== null && day <= before.lastClosedDay);
      step.again = [...step.again, ...again.map((day) => ({ vin, day }))];
      step.counts.rows += rows;
      step.changed.add(vin);
      const openDays = [...new Set([...before.openDays, ...open])].sort();
      state.vehicles.set(vin, { ...before, latestMs: Math.max(before.latestMs, maxMs), landedAtMs: nowMs, openDays });
    }
    step.counts.vehicles = step.touched.size;
  },
};
