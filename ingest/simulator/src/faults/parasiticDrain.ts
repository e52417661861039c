import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

/** Something stays awake: the sleeping car draws about an ampere from a sound 12 V battery. */
export const parasiticDrain: FaultKind = {
  kind: "parasitic_drain",
  component: "aux_battery",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.25, 0.5));
    const drainA = random.between(0.8, 1.6);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: drainA }],
      unit: "A while parked",
      expected: { sourceIds: ["aux-battery-drain", "aux-battery"], byMs: daysAfter(startMs, 21) },
      explains: ["aux_battery"],
      sentence: `The parked car draws ${drainA.toFixed(1)} A from its 12 V battery.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs >= fault.startMs) day.wear.auxDrainA = fault.course[0]?.magnitude ?? 0;
  },
};
