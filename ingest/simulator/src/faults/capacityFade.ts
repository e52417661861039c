import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind } from "./fault.ts";

/** The whole pack has faded far faster than its age explains: 20–28 % below a healthy one from the first day on. */
export const capacityFade: FaultKind = {
  kind: "capacity_fade",
  component: "battery",
  plant(site) {
    const { random, startMs, days } = site;
    const lossPct = random.between(20, 28);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: lossPct },
        { atMs: daysAfter(startMs, Math.max(days, 1)), magnitude: lossPct + 1.5 },
      ],
      unit: "% of capacity beyond normal ageing",
      expected: { sourceIds: [], byMs: daysAfter(startMs, 45) },
      explains: ["battery"],
      sentence: `The pack holds ${Math.round(lossPct)} % less than its age explains.`,
    };
  },
  // Faded packs fill and empty sooner, so their drivers charge more often.
  bendHabits: (habits) => ({ ...habits, chargeBelowSoc: Math.max(habits.chargeBelowSoc, 0.5), idleDayShare: 0.05 }),
  changeDay(fault, day) {
    const share = 1 - magnitudeAt(fault, day.startMs) / 100;
    for (let i = 0; i < day.cellCapacityAh.length; i++) day.cellCapacityAh[i] = (day.cellCapacityAh[i] ?? 0) * share;
  },
};
