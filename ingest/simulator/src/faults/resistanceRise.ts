import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";
import { resistanceGrowth } from "./resistanceGrowth.ts";

const RISE = 1.2;

/** The smallest rise of resistance worth finding: one cell gains 20 % within two weeks and stays there (methods 2.2). */
export const resistanceRise: FaultKind = {
  ...resistanceGrowth,
  kind: "resistance_rise",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.3, 0.5));
    const cell = random.integer(1, profile.cells);
    const grownMs = daysAfter(startMs, growthDays(site, 14));
    return {
      cell,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 1 },
        { atMs: grownMs, magnitude: RISE },
      ],
      unit: "times the healthy resistance",
      expected: { sourceIds: ["cell-resistance", "abnormal-cell"], byMs: daysAfter(grownMs, 28) },
      explains: ["battery_cell"],
      sentence: `The resistance at cell ${cell} grows by 20 %.`,
    };
  },
};
