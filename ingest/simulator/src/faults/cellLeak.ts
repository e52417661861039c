import { magnitudeHours } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

/** Balancing and the pack's protection end it before the cell is emptier than this. */
const DEEPEST = 0.1;
const MA_HOURS_PER_AH = 1000;

/**
 * A soft internal short: one cell discharges itself by some milliamperes, growing. Only in NCM packs, because on the flat
 * LFP curve it stays hidden for weeks (methods 2.2 and 2.3).
 */
export const cellLeak: FaultKind = {
  kind: "cell_leak",
  component: "battery_cell",
  suits: (profile) => profile.chemistry === "NCM",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.2, 0.45));
    const cell = random.integer(1, profile.cells);
    const firstMa = random.between(8, 15);
    const lastMa = random.between(25, 50);
    return {
      cell,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: firstMa },
        { atMs: daysAfter(startMs, growthDays(site, 12)), magnitude: lastMa },
      ],
      unit: "mA",
      expected: { sourceIds: ["abnormal-cell"], byMs: daysAfter(startMs, 21) },
      explains: ["battery_cell", "battery"],
      sentence: `Cell ${cell} discharges itself, from ${Math.round(firstMa)} to ${Math.round(lastMa)} mA.`,
    };
  },
  changeDay(fault, day) {
    const index = (fault.cell ?? 1) - 1;
    const lostAh = magnitudeHours(fault, day.startMs + 43_200_000) / MA_HOURS_PER_AH;
    const lost = Math.min(lostAh / (day.cellCapacityAh[index] ?? 1), DEEPEST);
    day.cellSocOffset[index] = (day.cellSocOffset[index] ?? 0) - lost;
  },
};
