import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

/** A car whose charges stop by themselves, wherever it charges: a contact in the inlet, a lock, the car's own control. */
export const failingCharges: FaultKind = {
  kind: "failing_charges",
  component: "charging",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.25, 0.4));
    const share = random.between(0.35, 0.6);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: share }],
      unit: "of the charges stop",
      expected: { sourceIds: ["charge-interrupted"], byMs: daysAfter(startMs, 35) },
      explains: ["charging"],
      sentence: `${Math.round(100 * share)} % of the car's charges stop before their end.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, chargeBelowSoc: Math.max(habits.chargeBelowSoc, 0.6) }),
  changeDay(fault, day) {
    if (day.startMs >= fault.startMs) day.wear.chargeStops = fault.course[0]?.magnitude ?? 0;
  },
};
