/** The days of feature family `rests` as one course: where each woke up rested, and where charge flowed unseen. */
import type { DayFeatures } from "../features/family.ts";

export interface RestDay {
  readonly day: string;
  /** Counted on this day, Ah, positive into the pack. */
  readonly netAh: number;
  /** Counted out of the pack, Ah. */
  readonly drivenAh: number;
  /** Charge flowed unseen between the day before and this one. */
  readonly isBroken: boolean;
  /** Charge flowed unseen within this day. */
  readonly isBrokenAfter: boolean;
  /** Null without a rested voltage, in frost, and on a day of which a part is unseen: the part could lie on either side. */
  readonly rest: { readonly packV: number; readonly beforeAh: number; readonly beforeDrivenAh: number } | null;
}

/** A change of the display from one day's last report to the next day's first, which says that something flowed unseen. */
const UNSEEN_SOC_PCT = 1.5;
/** Colder packs are not at rest after two hours (methods 1.6). */
const REST_TEMP_MIN_C = 0;

/** In the order of the days given (oldest first). Days without counted charge are left out. O(n). */
export function restDays(features: readonly DayFeatures[]): RestDay[] {
  let lastSocPct: number | null = null;
  return features.flatMap(({ day, values }) => {
    const { netAh, drivenAh, unseenSteps = 0, firstSocPct, lastSocPct: endSocPct } = values;
    if (netAh === undefined || drivenAh === undefined) return [];
    const isBroken = lastSocPct !== null && firstSocPct !== undefined && Math.abs(firstSocPct - lastSocPct) > UNSEEN_SOC_PCT;
    lastSocPct = endSocPct ?? null;
    const isBrokenAfter = unseenSteps > 0;
    return [{ day, netAh, drivenAh, isBroken, isBrokenAfter, rest: isBrokenAfter ? null : restOf(values) }];
  });
}

function restOf({ restV, restTempC, beforeRestAh, beforeRestDrivenAh }: DayFeatures["values"]): RestDay["rest"] {
  if (restV === undefined || beforeRestAh === undefined || beforeRestDrivenAh === undefined) return null;
  if (restTempC !== undefined && restTempC < REST_TEMP_MIN_C) return null;
  return { packV: restV, beforeAh: beforeRestAh, beforeDrivenAh: beforeRestDrivenAh };
}
