import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

/** The DC-DC converter loses output: the rail of the driving car sinks over weeks, while the weather moves it both ways. */
export const weakConverter: FaultKind = {
  kind: "weak_dcdc_converter",
  component: "aux_battery",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.3, 0.45));
    const lossV = random.between(0.6, 1.1);
    const days = growthDays(site, 45);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 0 },
        { atMs: daysAfter(startMs, days), magnitude: lossV },
      ],
      unit: "V below a healthy rail",
      expected: { sourceIds: ["dcdc-trend"], byMs: daysAfter(startMs, days + 7) },
      explains: ["aux_battery"],
      sentence: `The converter's rail sinks by ${lossV.toFixed(1)} V.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs >= fault.startMs) day.wear.railLossV += magnitudeAt(fault, day.startMs);
  },
};
