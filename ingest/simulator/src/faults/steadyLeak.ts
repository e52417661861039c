import { cellLeak } from "./cellLeak.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

const LEAK_MA = 5;

/** The smallest leak worth finding: one cell of an NCM pack loses a steady 5 mA (methods 2.3), 0.6 mV a day in 145 Ah. */
export const steadyLeak: FaultKind = {
  ...cellLeak,
  kind: "steady_leak",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.3, 0.5));
    const cell = random.integer(1, profile.cells);
    return {
      cell,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: LEAK_MA }],
      unit: "mA",
      expected: { sourceIds: ["cell-leak", "abnormal-cell"], byMs: daysAfter(startMs, 28) },
      explains: ["battery_cell", "battery"],
      sentence: `Cell ${cell} discharges itself by a steady ${LEAK_MA} mA.`,
    };
  },
};
