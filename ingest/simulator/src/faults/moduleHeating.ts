import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

const FULL_LOAD_A = 100;

/** A bad contact or blocked cooling channel: one probe grows warmer than the others with the square of the current. */
export const moduleHeating: FaultKind = {
  kind: "module_heating",
  component: "battery_thermal",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.3, 0.5));
    const probe = random.integer(1, profile.probes);
    const excessC = random.between(8, 12);
    return {
      cell: null,
      probe,
      startMs,
      course: [
        { atMs: startMs, magnitude: 0 },
        { atMs: daysAfter(startMs, growthDays(site, 20)), magnitude: excessC },
      ],
      unit: "°C above the rest of the pack at 100 A",
      expected: { sourceIds: ["probe-heating"], byMs: daysAfter(startMs, 40) },
      explains: ["battery_thermal"],
      sentence: `Probe ${probe} warms by ${Math.round(excessC)} °C more than the others at 100 A.`,
    };
  },
  changeReading(fault, reading) {
    if (reading.timeMs < fault.startMs) return;
    const index = (fault.probe ?? 1) - 1;
    const load = Math.min((reading.currentA / FULL_LOAD_A) ** 2, 1.5);
    reading.probeC[index] = (reading.probeC[index] ?? 0) + magnitudeAt(fault, reading.timeMs) * load;
  },
};
