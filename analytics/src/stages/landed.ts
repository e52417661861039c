import type { Stage } from "../engine/engine.ts";
import { advanceCursors, isVisible, readLanded } from "../engine/landed.ts";
import { newVehicleState } from "../engine/state.ts";
import { readTouched } from "../engine/touched.ts";
import type { VehicleDay } from "../features/vehicleDays.ts";

/** Finds the rows of this step by log offset, and moves the vehicles' clocks (event time) and open days forward. */
export const landed: Stage = {
  name: "landed",
  async run(engine, step) {
    const { store, config, state } = engine;
    step.ranges = await readLanded(store, state.cursors, config.analyticsRowsPerStep);
    const cursors = advanceCursors(state.cursors, step.ranges);
    step.rowFilter = isVisible(cursors);
    const touched = await readTouched(store, step.ranges, config.analyticsDayOffsetMinutes);
    step.touched = touched.reports;
    engine.state = { ...state, cursors, step: state.step + 1 };
    const nowMs = engine.now();
    const closedAgain: VehicleDay[] = [];
    for (const { vin, rows, maxMs, days } of [...touched.reports.values(), ...touched.codes]) {
      const before = state.vehicles.get(vin) ?? newVehicleState();
      const open = days.filter((day) => before.lastClosedDay === null || day > before.lastClosedDay);
      const again = days.filter((day) => before.lastClosedDay !== null && day <= before.lastClosedDay);
      closedAgain.push(...again.map((day) => ({ vin, day })));
      step.counts.rows += rows;
      step.changed.add(vin);
      const openDays = [...new Set([...before.openDays, ...open])].sort();
      state.vehicles.set(vin, { ...before, latestMs: Math.max(before.latestMs, maxMs), landedAtMs: nowMs, openDays });
    }
    step.again = withoutRepeats(closedAgain);
    step.counts.vehicles = new Set([...touched.reports.keys(), ...touched.codes.map(({ vin }) => vin)]).size;
  },
};

/** A day may be touched by reports and by codes that came alone. */
function withoutRepeats(days: readonly VehicleDay[]): readonly VehicleDay[] {
  return [...new Map(days.map((pair) => [`${pair.vin}/${pair.day}`, pair])).values()];
}
