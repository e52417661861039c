import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

/** One cell loses capacity faster than the others; it then decides how much the whole pack holds. NCM, as in cellLeak. */
export const weakCell: FaultKind = {
  kind: "weak_cell",
  component: "battery_cell",
  suits: (profile) => profile.chemistry === "NCM",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.2, 0.4));
    const cell = random.integer(1, profile.cells);
    const lossPct = random.between(9, 15);
    return {
      cell,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 0 },
        { atMs: daysAfter(startMs, growthDays(site, 16)), magnitude: lossPct },
      ],
      unit: "% of the cell's capacity",
      expected: { sourceIds: ["abnormal-cell"], byMs: daysAfter(startMs, 28) },
      // The weak cell is full first and ends fast charging early.
      explains: ["battery_cell", "battery", "charging"],
      sentence: `Cell ${cell} loses ${Math.round(lossPct)} % of its capacity within about two weeks.`,
    };
  },
  changeDay(fault, day) {
    const index = (fault.cell ?? 1) - 1;
    day.cellCapacityAh[index] = (day.cellCapacityAh[index] ?? 0) * (1 - magnitudeAt(fault, day.startMs) / 100);
  },
};
