import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

/** Worn contacts of the charging port: they heat with the square of the current, at every station. */
export const hotChargePort: FaultKind = {
  kind: "hot_charge_port",
  component: "charging",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.25, 0.45));
    const factor = random.between(2.2, 3);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: factor }],
      unit: "times the contact resistance",
      expected: { sourceIds: ["charge-port-heat"], byMs: daysAfter(startMs, 24) },
      explains: ["charging"],
      sentence: `The charging port's contacts have ${factor.toFixed(1)} times their resistance.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, chargeBelowSoc: 0.8, dcShare: 0.6, idleDayShare: Math.min(habits.idleDayShare, 0.05) }),
  changeDay(fault, day) {
    if (day.startMs >= fault.startMs) day.wear.portFactor *= fault.course[0]?.magnitude ?? 1;
  },
};
