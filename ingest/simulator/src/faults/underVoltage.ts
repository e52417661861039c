import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

const BELOW_SOC = 0.4;
const WORST_SOC = 0.2;

/** One cell collapses under load when the pack is low: far below its limit while its neighbours are still well. */
export const underVoltage: FaultKind = {
  kind: "cell_under_voltage",
  component: "battery_cell",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.25, 0.6));
    const cell = random.integer(1, profile.cells);
    // At 20 % NCM cells stand at 3.58 V and LFP cells at 3.25 V; the collapse takes them to about 2.3 V and 2.0 V.
    const collapseMv = profile.chemistry === "LFP" ? random.between(1200, 1300) : random.between(1200, 1300);
    return {
      cell,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: collapseMv }],
      unit: "mV below the other cells at 20 % charge",
      expected: { sourceIds: ["cell-under-voltage", "abnormal-cell"], byMs: daysAfter(startMs, 12) },
      explains: ["battery_cell"],
      sentence: `Cell ${cell} collapses under load when the pack is below ${100 * BELOW_SOC} %.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, chargeBelowSoc: 0.22, usualTargetSoc: 0.7, fullChargeShare: 0, idleDayShare: 0.03 }),
  changeReading(fault, reading) {
    const isLow = reading.segment.kind === "drive" && reading.soc < BELOW_SOC;
    if (!isLow || reading.timeMs < fault.startMs) return;
    const index = (fault.cell ?? 1) - 1;
    const share = Math.min((BELOW_SOC - reading.soc) / (BELOW_SOC - WORST_SOC), 1);
    reading.cellMv[index] = (reading.cellMv[index] ?? 0) - magnitudeAt(fault, reading.timeMs) * share;
  },
};
