import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

/** A weld or busbar contact of one cell corrodes: its resistance grows to two or three times the others'. */
export const resistanceGrowth: FaultKind = {
  kind: "resistance_growth",
  component: "battery_cell",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.2, 0.45));
    const cell = random.integer(1, profile.cells);
    const factor = random.between(2.2, 3);
    return {
      cell,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 1 },
        { atMs: daysAfter(startMs, growthDays(site, 12)), magnitude: factor },
      ],
      unit: "times the healthy resistance",
      expected: { sourceIds: ["abnormal-cell"], byMs: daysAfter(startMs, 21) },
      explains: ["battery_cell"],
      sentence: `The resistance at cell ${cell} grows to ${factor.toFixed(1)} times the others'.`,
    };
  },
  changeDay(fault, day) {
    const index = (fault.cell ?? 1) - 1;
    day.cellResistanceFactor[index] = (day.cellResistanceFactor[index] ?? 1) * magnitudeAt(fault, day.startMs);
  },
};
