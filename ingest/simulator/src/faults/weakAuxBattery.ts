import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

/** The last part of a 12 V battery's life: sulphate and corrosion take months over it; in a short history it goes faster. */
const LAST_DAYS = [60, 150] as const;
const HISTORY_SHARE = 0.55;

/** The 12 V battery wears out within months: it takes less charge, leaks, and dips deeper at every start. */
export const weakAuxBattery: FaultKind = {
  kind: "weak_aux_battery",
  component: "aux_battery",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.15, 0.35));
    const lastShare = random.between(0.3, 0.45);
    const days = Math.min(random.between(...LAST_DAYS), HISTORY_SHARE * site.days);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 0.85 },
        { atMs: daysAfter(startMs, days), magnitude: lastShare },
      ],
      unit: "share of capacity",
      expected: { sourceIds: ["aux-battery"], byMs: daysAfter(startMs, days + 7) },
      explains: ["aux_battery"],
      sentence: `The 12 V battery falls to ${Math.round(100 * lastShare)} % of its capacity.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs < fault.startMs) return;
    day.wear.auxCapacityShare = Math.min(day.wear.auxCapacityShare, magnitudeAt(fault, day.startMs));
  },
};
