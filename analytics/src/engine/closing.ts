import type { VehicleDay } from "../features/vehicleDays.ts";
import { dayEndMs } from "./days.ts";
import type { VehicleState } from "./state.ts";

export interface ClosingRules {
  readonly offsetMinutes: number;
  /** A day closes when the vehicle has reported from this far into the next one. */
  readonly graceMs: number;
  /** By the clock: a vehicle that has sent nothing for this long gets its days closed. */
  readonly idleMs: number;
  readonly nowMs: number;
  /** Close everything: the replay has ended. */
  readonly isFinal: boolean;
}

/** Days with data that can be computed now, by day and then vehicle: a vehicle's own reports decide, never another's. */
export function closableDays(vehicles: Iterable<readonly [string, VehicleState]>, rules: ClosingRules): readonly VehicleDay[] {
  const closing: VehicleDay[] = [];
  for (const [vin, state] of vehicles) {
    const isIdle = state.openDays.length > 0 && rules.nowMs - state.landedAtMs >= rules.idleMs;
    for (const day of state.openDays) {
      const isPast = state.latestMs >= dayEndMs(day, rules.offsetMinutes) + rules.graceMs;
      if (rules.isFinal || isIdle || isPast) closing.push({ vin, day });
    }
  }
  return closing.sort((a, b) => a.day.localeCompare(b.day) || a.vin.localeCompare(b.vin));
}
