import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

const FROM_SOC = 0.88;

/** A balancing board fails: one cell is pushed above its limit at the end of full charges. */
export const overVoltage: FaultKind = {
  kind: "cell_over_voltage",
  component: "battery_cell",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.25, 0.6));
    const cell = random.integer(1, profile.cells);
    // Full NCM cells stand at 4.18 V and full LFP cells at 3.40 V; the excess takes them past 4.3 V and 3.8 V.
    const excessMv = profile.chemistry === "LFP" ? random.between(480, 540) : random.between(180, 220);
    return {
      cell,
      probe: null,
      startMs,
      course: [{ atMs: startMs, magnitude: excessMv }],
      unit: "mV above the other cells when full",
      expected: { sourceIds: ["cell-over-voltage", "abnormal-cell"], byMs: daysAfter(startMs, 10) },
      explains: ["battery_cell"],
      sentence: `Cell ${cell} is ${Math.round(excessMv)} mV too high at the end of a charge.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, chargeBelowSoc: 0.7, usualTargetSoc: 1, fullChargeShare: 1, dcShare: 0.05, idleDayShare: 0.05 }),
  changeReading(fault, reading) {
    const isFull = reading.segment.kind === "charge" && reading.soc > FROM_SOC;
    if (!isFull || reading.timeMs < fault.startMs) return;
    const index = (fault.cell ?? 1) - 1;
    const share = Math.min((reading.soc - FROM_SOC) / (1 - FROM_SOC), 1);
    reading.cellMv[index] = (reading.cellMv[index] ?? 0) + magnitudeAt(fault, reading.timeMs) * share;
  },
};
