import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

/** A current sensor that has lost its zero: every reading is some amperes off. A sensor matter; the battery is fine. */
export const currentOffset: FaultKind = {
  kind: "current_offset",
  component: "sensor",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.3, 0.5));
    const offsetA = random.pick([-6, -4, 4, 6]);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: offsetA }],
      unit: "A",
      expected: { sourceIds: ["current-sensor"], byMs: daysAfter(startMs, 21) },
      explains: ["sensor", "battery"],
      sentence: `The current sensor reads ${offsetA} A too much.`,
    };
  },
  changeReading(fault, reading) {
    if (reading.timeMs >= fault.startMs) reading.currentA += magnitudeAt(fault, reading.timeMs);
  },
};
