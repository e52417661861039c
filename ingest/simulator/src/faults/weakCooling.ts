import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

/** The drive's coolant pump weakens: motor, controller and coolant run hotter at the same load. */
export const weakCooling: FaultKind = {
  kind: "weak_drive_cooling",
  component: "drive",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.3, 0.5));
    const factor = random.between(1.6, 2.2);
    const days = growthDays(site, 12);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 1 },
        { atMs: daysAfter(startMs, days), magnitude: factor },
      ],
      unit: "times the thermal resistance",
      expected: { sourceIds: ["drive-cooling"], byMs: daysAfter(startMs, days + 10) },
      explains: ["drive"],
      sentence: `The drive's cooling loses, to ${factor.toFixed(1)} times its thermal resistance.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs >= fault.startMs) day.wear.coolingFactor *= magnitudeAt(fault, day.startMs);
  },
};
