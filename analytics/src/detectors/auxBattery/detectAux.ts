import { median, quantile } from "simple-statistics";
import type { AuxDay, Pauses } from "./auxDay.ts";

/** Limits of the 12 V verdict (methods 3.1), for lead-acid and AGM; a lithium 12 V battery rests above 13 V and is not judged. */
export const AUX_PARAMS = {
  windowDays: 10,
  daysMin: 4,
  /** The battery's own beginning, or what came after its replacement. */
  baselineDays: 30,
  lowRestV: 12.4,
  fallV: 0.15,
  dipV: 0.6,
  dipRiseV: 0.15,
  /** The last pauses within three weeks speak. */
  slopeDays: 21,
  slopeNights: 10,
  /** Beyond what its pauses usually cost, which is the charge on the surface of the plates; that is never more than this. */
  slopeMvPerH: 8,
  surfaceMv: 250,
  /** Hours of silence after which that charge is gone. */
  settledH: 4,
  rechargesMin: 3,
  /** A drained but sound battery dips little. */
  soundDipV: 0.5,
  replacedRiseV: 0.15,
  /** From this age on one sign of weakness is enough. */
  agedYears: 4,
  /** Standing this long empties a sound battery too. */
  longParkedDays: 7,
  winterRestV: 12.45,
  winterColdC: -5,
  lithiumRestV: 13.15,
} as const;

export const AUX_SYMPTOMS = [
  "low_rest_voltage",
  "rest_voltage_falls",
  "deep_dip",
  "recharged_while_parked",
  "aged",
  "steep_discharge",
] as const;
export type AuxSymptom = (typeof AUX_SYMPTOMS)[number];

export interface AuxMeasures {
  readonly restV: number;
  readonly baselineRestV: number | null;
  /** Dip at a start, V; null where none was reported. */
  readonly dipV: number | null;
  readonly baselineDipV: number | null;
  /** Loss while parked beyond what its pauses usually cost, mV/h. */
  readonly slopeMvPerH: number | null;
  readonly recharges: number;
  readonly days: number;
  /** Since it was fitted, by the car's age or its last replacement; null: not known. */
  readonly ageYears: number | null;
  /** Day of the last replacement seen, days since 1970. */
  readonly replacedDayNumber: number | null;
}

export type AuxVerdict =
  | {
      readonly kind: "not_evaluated";
      readonly reason: "situation_not_seen" | "not_enough_history" | "implausible_value";
      readonly days: number;
    }
  | {
      readonly kind: "ok" | "weak" | "drain" | "long_parking" | "winter";
      readonly measures: AuxMeasures;
      readonly symptoms: readonly AuxSymptom[];
    };

/** What is known besides the days. */
export interface AuxKnown {
  /** Lowest temperature expected in the coming weeks, °C; null: not known, no statement about winter. */
  readonly coldC: number | null;
  /** When the car was built, days since 1970; null: not known. */
  readonly builtDayNumber: number | null;
  /** Days that speak for the present; more for a log with few starts. */
  readonly windowDays?: number;
}

/**
 * What the 12 V battery is on the last of the given days: sound, weak, drained by something that stays awake, empty from long
 * parking, or too weak for the cold that is coming.
 * @param days sorted by time, oldest first
 */
export function detectAux(days: readonly AuxDay[], { coldC, builtDayNumber, windowDays = AUX_PARAMS.windowDays }: AuxKnown): AuxVerdict {
  const last = days.at(-1);
  const rested = days.filter((day) => day.restV !== null);
  if (last === undefined || rested.length === 0) return { kind: "not_evaluated", reason: "situation_not_seen", days: days.length };
  const replacedDayNumber = lastReplacement(rested);
  const own = days.filter((day) => day.dayNumber >= (replacedDayNumber ?? 0));
  const recent = own.filter((day) => day.dayNumber > last.dayNumber - windowDays);
  const restV = rests(recent);
  if (restV.length < AUX_PARAMS.daysMin) return { kind: "not_evaluated", reason: "not_enough_history", days: restV.length };
  if (median(restV) > AUX_PARAMS.lithiumRestV || median(restV) < 6) {
    return { kind: "not_evaluated", reason: "implausible_value", days: restV.length };
  }
  const fittedDay = replacedDayNumber ?? builtDayNumber;
  const ageYears = fittedDay === null ? null : (last.dayNumber - fittedDay) / 365.25;
  const measures: AuxMeasures = { ...measure(own, recent), ageYears, replacedDayNumber };
  const symptoms = symptomsOf(measures);
  return { kind: kindOf(measures, symptoms, { days, coldC }), measures, symptoms };
}

function measure(own: readonly AuxDay[], recent: readonly AuxDay[]): Omit<AuxMeasures, "ageYears" | "replacedDayNumber"> {
  const until = (own[0]?.dayNumber ?? 0) + AUX_PARAMS.baselineDays;
  const before = own.filter((day) => day.dayNumber < until && !recent.includes(day));
  const hasBaseline = rests(before).length >= AUX_PARAMS.daysMin;
  const restV = median(rests(recent));
  return {
    restV,
    baselineRestV: hasBaseline ? median(rests(before)) : null,
    dipV: dipOf(recent),
    baselineDipV: hasBaseline ? dipOf(before) : null,
    slopeMvPerH: slopeOf(
      own.filter((day) => day.dayNumber > (own.at(-1)?.dayNumber ?? 0) - AUX_PARAMS.slopeDays),
      usualLossMv(own),
    ),
    recharges: recent.reduce((sum, day) => sum + day.recharges, 0),
    days: rests(recent).length,
  };
}

function symptomsOf(measures: AuxMeasures): AuxSymptom[] {
  const { restV, baselineRestV, dipV, baselineDipV, slopeMvPerH, recharges, ageYears } = measures;
  const { lowRestV, fallV, rechargesMin } = AUX_PARAMS;
  const found: Record<AuxSymptom, boolean> = {
    low_rest_voltage: restV < lowRestV,
    rest_voltage_falls: baselineRestV !== null && restV <= baselineRestV - fallV,
    deep_dip: dipV !== null && (dipV > AUX_PARAMS.dipV || (baselineDipV !== null && dipV > baselineDipV + AUX_PARAMS.dipRiseV)),
    recharged_while_parked: recharges >= rechargesMin,
    aged: ageYears !== null && ageYears >= AUX_PARAMS.agedYears,
    steep_discharge: slopeMvPerH !== null && slopeMvPerH > AUX_PARAMS.slopeMvPerH,
  };
  return AUX_SYMPTOMS.filter((symptom) => found[symptom]);
}

function kindOf(
  { restV, dipV }: AuxMeasures,
  symptoms: readonly AuxSymptom[],
  { days, coldC }: { readonly days: readonly AuxDay[]; readonly coldC: number | null },
): Exclude<AuxVerdict["kind"], "not_evaluated"> {
  const isSound = dipV === null || dipV < AUX_PARAMS.soundDipV;
  if (isLongParked(days) && isSound) return symptoms.length === 0 ? "ok" : "long_parking";
  if (symptoms.includes("steep_discharge") && isSound) return "drain";
  if (symptoms.filter((symptom) => symptom !== "steep_discharge").length >= 2) return "weak";
  const isColdAhead = coldC !== null && coldC <= AUX_PARAMS.winterColdC;
  return isColdAhead && restV < AUX_PARAMS.winterRestV ? "winter" : "ok";
}

/** Whether the car did not run the converter for a week before the last days. */
function isLongParked(days: readonly AuxDay[]): boolean {
  const last = days.at(-1);
  const fed = days.slice(0, -1).findLast((day) => day.fedH > 0.2);
  return last !== undefined && fed !== undefined && last.dayNumber - fed.dayNumber >= AUX_PARAMS.longParkedDays;
}

/** Day of the last step up in rest voltage that lasts: somebody fitted a new battery. */
function lastReplacement(rested: readonly AuxDay[]): number | null {
  const volts = rested.map((day) => day.restV ?? 0);
  for (let i = rested.length - 3; i >= 5; i--) {
    const before = volts.slice(Math.max(0, i - 7), i);
    const after = volts.slice(i, i + 5);
    const rise = Math.min(...after) - Math.max(...before.slice(-4));
    if (rise >= AUX_PARAMS.replacedRiseV / 2 && median(after) - median(before) >= AUX_PARAMS.replacedRiseV)
      return rested[i]?.dayNumber ?? null;
  }
  return null;
}

function rests(days: readonly AuxDay[]): number[] {
  return days.flatMap(({ restV }) => restV ?? []);
}

/** Upper fifth of the days' dips below their rest; most starts are reported before or after the dip. */
function dipOf(days: readonly AuxDay[]): number | null {
  const dips = days.flatMap(({ restV, minV }) => (restV === null || minV === null ? [] : [restV - minV]));
  return dips.length < AUX_PARAMS.daysMin ? null : quantile(dips, 0.8);
}

/** What is lost per hour beyond `usualMv` per pause, mV/h: the median of the last pauses, since one night with the lights on does not count. */
function slopeOf(days: readonly AuxDay[], usualMv: number): number | null {
  const slopes = pausesOf(days).map(({ count, lossMv, h }) => (lossMv - count * usualMv) / h);
  return slopes.length < AUX_PARAMS.daysMin ? null : median(slopes.slice(-AUX_PARAMS.slopeNights));
}

/**
 * What a pause usually costs the car, mV: after hours the charge on the surface of the plates is gone, however long it stood. The
 * median of its first days; 0 where they are too few to say, and never more than that charge can be.
 */
function usualLossMv(own: readonly AuxDay[]): number {
  const losses = pausesOf(own.slice(0, AUX_PARAMS.baselineDays)).map(({ count, lossMv }) => lossMv / count);
  return losses.length < AUX_PARAMS.daysMin ? 0 : Math.min(Math.max(0, median(losses)), AUX_PARAMS.surfaceMv);
}

function pausesOf(days: readonly AuxDay[]): Pauses[] {
  return days.flatMap((day, i) => [nightOf(days[i - 1], day), day.pauses].filter((pauses) => pauses !== null));
}

/** The pause from a night's last quiet report to the next day's first, which no single day's rows can tell; null where it is short or not known. */
export function nightOf(night: Pick<AuxDay, "dayNumber" | "last"> | undefined, day: Pick<AuxDay, "dayNumber" | "first">): Pauses | null {
  if (night?.last == null || day.first === null || day.dayNumber - night.dayNumber !== 1) return null;
  const h = 24 - night.last.hour + day.first.hour;
  return h < AUX_PARAMS.settledH ? null : { count: 1, lossMv: 1000 * (night.last.v - day.first.v), h };
}
