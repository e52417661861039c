import { daysOf } from "./daily.ts";
import type { VehicleView } from "./detector.ts";

/** How a car has been used over the last weeks; what advice is weighed by. */
export interface UsageProfile {
  readonly days: number;
  readonly kmPerDay: number;
  /** Share of the charging hours at a fast charger; null where nothing was charged. */
  readonly dcShare: number | null;
  readonly highSocHPerDay: number;
  /** Share of days with frost. */
  readonly frostShare: number;
  /** Hard braking and accelerating per 100 km; null where reports are too far apart. */
  readonly harshPer100Km: number | null;
}

const WINDOW_DAYS = 28;
const DAYS_MIN = 7;
const COMMUTER_KM = 90;
const FROST_C = 0;
const DC_SHARE = 0.4;

/** Null with less than a week of days. */
export function usageProfile(view: VehicleView): UsageProfile | null {
  const days = daysOf(view, "usage").days.slice(-WINDOW_DAYS);
  if (days.length < DAYS_MIN) return null;
  const sum = (name: string): number => days.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  const km = sum("distanceKm");
  const chargingH = sum("chargingH");
  const watchedKm = days.reduce((total, { values }) => total + (values["harshEvents"] === undefined ? 0 : (values["distanceKm"] ?? 0)), 0);
  return {
    days: days.length,
    kmPerDay: km / days.length,
    dcShare: chargingH === 0 ? null : sum("dcChargingH") / chargingH,
    highSocHPerDay: sum("highSocH") / days.length,
    frostShare: days.filter(({ values }) => (values["ambientMinC"] ?? FROST_C + 1) < FROST_C).length / days.length,
    harshPer100Km: watchedKm < 100 ? null : (100 * sum("harshEvents")) / watchedKm,
  };
}

export interface UsageNote {
  readonly en: string;
  readonly zh: string;
}
/** A note as places of a sentence, `{useEn}` and `{useZh}`. */
export function useWords({ en, zh }: UsageNote): { readonly useEn: string; readonly useZh: string } {
  return { useEn: en, useZh: zh };
}

const NOTHING: UsageNote = { en: "", zh: "" };

/** What the car's use adds to an advice, as the end of a sentence; empty where it adds nothing. */
export const USAGE_NOTES = {
  /** Long commuters wear tyres fast, and meet the consequences at speed. */
  tyre: (use: UsageProfile | null): UsageNote =>
    use === null || use.kmPerDay < COMMUTER_KM
      ? NOTHING
      : {
          en: ` The car drives ${Math.round(use.kmPerDay)} km a day: check tread too.`,
          zh: `该车日均行驶${Math.round(use.kmPerDay)} km，请同时检查胎纹。`,
        },
  winter: (use: UsageProfile | null): UsageNote =>
    use === null || use.frostShare === 0
      ? NOTHING
      : {
          en: ` Frost on ${Math.round(100 * use.frostShare)} % of its days.`,
          zh: `近期${Math.round(100 * use.frostShare)}%的日子有霜冻。`,
        },
  fastCharging: (use: UsageProfile | null): UsageNote =>
    use === null || (use.dcShare ?? 0) < DC_SHARE
      ? NOTHING
      : {
          en: ` It charges fast ${Math.round(100 * (use.dcShare ?? 0))} % of the time: plan stops with a second station at hand.`,
          zh: `该车${Math.round(100 * (use.dcShare ?? 0))}%的充电时间为快充，长途请预留备用充电站。`,
        },
} as const satisfies Record<string, (use: UsageProfile | null) => UsageNote>;
