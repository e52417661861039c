import type { DayFeatures } from "../../features/family.ts";
import { dayNumberOf } from "../daily.ts";
import type { AuxDay } from "./auxDay.ts";
import { nightOf } from "./detectAux.ts";

/** A car whose days mostly begin or pause that long is judged by those reports alone: others read up to 0.15 V more. */
const SETTLED_SHARE = 0.5;

/** The days of family `aux` as the verdict reads them. */
export function toAuxDays(days: readonly DayFeatures[]): AuxDay[] {
  const plain = days.map(plainDay);
  const settled = days.map(({ values }, i) => values["wakeV"] ?? settledNight(plain[i - 1], plain[i]));
  const known = settled.filter((v) => v !== null).length;
  if (known < SETTLED_SHARE * days.length) return plain;
  return plain.map((day, i) => ({ ...day, restV: settled[i] ?? null }));
}

/** The first report after a night of silence, which no single day's rows can tell. */
function settledNight(night: AuxDay | undefined, day: AuxDay | undefined): number | null {
  return day === undefined || nightOf(night, day) === null ? null : (day.first?.v ?? null);
}

function plainDay({ day, values }: DayFeatures): AuxDay {
  const { restV = null, minV = null, firstV, firstH, lastV, lastH, lossMv, lossH, pauses, recharges = 0, fedH = 0 } = values;
  return {
    dayNumber: dayNumberOf(day),
    restV,
    minV,
    first: firstV === undefined || firstH === undefined ? null : { v: firstV, hour: firstH },
    last: lastV === undefined || lastH === undefined ? null : { v: lastV, hour: lastH },
    pauses: lossMv === undefined || lossH === undefined || pauses === undefined ? null : { count: pauses, lossMv, h: lossH },
    recharges,
    fedH,
  };
}
