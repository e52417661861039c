import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind } from "./fault.ts";

/**
 * The whole pack has faded far faster than its age explains: about a third below a healthy one from the first day on, so
 * below the 70 % of usual warranties. Not in the cold region, where most charges are too cold to measure capacity (methods 1.2).
 */
export const capacityFade: FaultKind = {
  kind: "capacity_fade",
  component: "battery",
  suits: (profile) => profile.climate !== "cold",
  plant(site) {
    const { random, startMs, days } = site;
    const lossPct = random.between(29, 35);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: lossPct },
        { atMs: daysAfter(startMs, Math.max(days, 1)), magnitude: lossPct + 1.5 },
      ],
      unit: "% of capacity beyond normal ageing",
      expected: { sourceIds: ["battery-capacity"], byMs: daysAfter(startMs, 45) },
      // Less capacity takes less power at a fast charger, too.
      explains: ["battery", "charging"],
      sentence: `The pack holds ${Math.round(lossPct)} % less than its age explains.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, idleDayShare: 0.05 }),
  changeDay(fault, day) {
    const share = 1 - magnitudeAt(fault, day.startMs) / 100;
    for (let i = 0; i < day.cellCapacityAh.length; i++) day.cellCapacityAh[i] = (day.cellCapacityAh[i] ?? 0) * share;
  },
};
