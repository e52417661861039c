import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

/** The on-board charger's power stage ages: more of what the socket gives becomes heat. Cold days hide it behind the pack's heater. */
export const weakCharger: FaultKind = {
  kind: "weak_on_board_charger",
  component: "charging",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.3, 0.45));
    const share = random.between(0.88, 0.94);
    const days = growthDays(site, 40);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 1 },
        { atMs: daysAfter(startMs, days), magnitude: share },
      ],
      unit: "of a healthy charger's output",
      // Some private cars charge slowly once a week.
      expected: { sourceIds: ["charger-efficiency"], byMs: daysAfter(startMs, days + 42) },
      explains: ["charging"],
      sentence: `The on-board charger passes on ${Math.round(100 * share)} % of what a healthy one would.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, dcShare: Math.min(habits.dcShare, 0.3) }),
  changeDay(fault, day) {
    if (day.startMs >= fault.startMs) day.wear.chargerShare *= magnitudeAt(fault, day.startMs);
  },
};
