import { magnitudeAt } from "../truth.ts";
import { padWornPct } from "../wear.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

/** Nobody changed the front pads: they go on wearing to their limit. Only in cars that measure them. */
export const wornBrakePads: FaultKind = {
  kind: "worn_brake_pads",
  component: "brake",
  suits: (profile) => profile.model !== "Kestrel City",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.1, 0.3));
    const lastPct = random.between(90, 97);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 66 },
        { atMs: daysAfter(startMs, Math.max(0.55 * site.days, 1)), magnitude: lastPct },
      ],
      unit: "% worn",
      expected: { sourceIds: ["brake-pads"], byMs: daysAfter(startMs, Math.max(0.6 * site.days, 14)) },
      explains: ["brake"],
      sentence: `The front brake pads wear to ${Math.round(lastPct)} %.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs < fault.startMs) return;
    day.wear.padLifeKm[0] = 1e9;
    day.wear.padPhaseKm[0] = 0;
    day.wear.padExtraPct[0] = magnitudeAt(fault, day.startMs) - padWornPct({ ...day.wear, padExtraPct: new Float64Array(2) }, 0, 0);
  },
};
