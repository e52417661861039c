import { median, quantile } from "simple-statistics";
import type { AuxDay, Pauses } from "./auxDay.ts";

/** What the 12 V verdict is measured by (methods 3.1). */
export const AUX_PARAMS = {
  windowDays: 10,
  daysMin: 4,
  /** The battery's own beginning, or what came after its replacement. */
  baselineDays: 30,
  /** The last pauses within three weeks speak. */
  slopeDays: 21,
  slopeNights: 10,
  /** A pause's usual cost is the charge on the surface of the plates, which is never more than this. */
  surfaceMv: 250,
  /** Hours of silence after which that charge is gone. */
  settledH: 4,
  replacedRiseV: 0.15,
  /** A lithium 12 V battery rests above this and is not judged. */
  lithiumRestV: 13.15,
} as const;

/** Limits of the verdict, for lead-acid and AGM; the detector's files may set others. */
export const AUX_LIMITS = {
  lowRestV: 12.4,
  fallV: 0.15,
  dipV: 0.6,
  dipRiseV: 0.15,
  rechargesMin: 3,
  /** From this age on one sign of weakness is enough. */
  agedYears: 4,
  /** Standing this long empties a sound battery too. */
  longParkedDays: 7,
  /** Loss beyond what its pauses usually cost. */
  slopeMvPerH: 8,
  /** A drained but sound battery dips little. */
  soundDipV: 0.5,
  winterRestV: 12.45,
  winterColdC: -5,
} as const;
export type AuxLimits = Readonly<Record<keyof typeof AUX_LIMITS, number>>;

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
  /** The nights and the days these two are the medians of. */
  readonly slopesMvPerH: readonly number[];
  readonly restsV: readonly number[];
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
  /** Of the vehicle's kind; those measured with where none are given. */
  readonly limits?: AuxLimits;
}

/**
 * What the 12 V battery is on the last of the given days: sound, weak, drained by something that stays awake, empty from long
 * parking, or too weak for the cold that is coming.
 * @param days sorted by time, oldest first
 */
export function detectAux(days: readonly AuxDay[], known: AuxKnown): AuxVerdict {
  const { coldC, builtDayNumber, windowDays = AUX_PARAMS.windowDays, limits = AUX_LIMITS } = known;
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
  const symptoms = symptomsOf(measures, limits);
  return { kind: kindOf(measures, symptoms, { days, coldC, limits }), measures, symptoms };
}

function measure(own: readonly AuxDay[], recent: readonly AuxDay[]): Omit<AuxMeasures, "ageYears" | "replacedDayNumber"> {
  const until = (own[0]?.dayNumber ?? 0) + AUX_PARAMS.baselineDays;
  const before = own.filter((day) => day.dayNumber < until && !recent.includes(day));
  const hasBaseline = rests(before).length >= AUX_PARAMS.daysMin;
  const restsV = rests(recent);
  const slopesMvPerH = slopesOf(
    own.filter((day) => day.dayNumber > (own.at(-1)?.dayNumber ?? 0) - AUX_PARAMS.slopeDays),
    usualLossMv(own),
  );
  return {
    restV: median(restsV),
    restsV,
    baselineRestV: hasBaseline ? median(rests(before)) : null,
    dipV: dipOf(recent),
    baselineDipV: hasBaseline ? dipOf(before) : null,
    slopeMvPerH: slopesMvPerH.length === 0 ? null : median(slopesMvPerH),
    slopesMvPerH,
    recharges: recent.reduce((sum, day) => sum + day.recharges, 0),
    days: restsV.length,
  };
}

function symptomsOf(measures: AuxMeasures, limits: AuxLimits): AuxSymptom[] {
  const { restV, baselineRestV, dipV, baselineDipV, slopeMvPerH, recharges, ageYears } = measures;
  const found: Record<AuxSymptom, boolean> = {
    low_rest_voltage: restV < limits.lowRestV,
    rest_voltage_falls: baselineRestV !== null && restV <= baselineRestV - limits.fallV,
    deep_dip: dipV !== null && (dipV > limits.dipV || (baselineDipV !== null && dipV > baselineDipV + limits.dipRiseV)),
    recharged_while_parked: recharges >= limits.rechargesMin,
    aged: ageYears !== null && ageYears >= limits.agedYears,
    steep_discharge: slopeMvPerH !== null && slopeMvPerH > limits.slopeMvPerH,
  };
  return AUX_SYMPTOMS.filter((symptom) => found[symptom]);
}

function kindOf(
  { restV, dipV }: AuxMeasures,
  symptoms: readonly AuxSymptom[],
  { days, coldC, limits }: { readonly days: readonly AuxDay[]; readonly coldC: number | null; readonly limits: AuxLimits },
): Exclude<AuxVerdict["kind"], "not_evaluated"> {
  const isSound = dipV === null || dipV < limits.soundDipV;
  if (isLongParked(days, limits.longParkedDays) && isSound) return symptoms.length === 0 ? "ok" : "long_parking";
  if (symptoms.includes("steep_discharge") && isSound) return "drain";
  if (symptoms.filter((symptom) => symptom !== "steep_discharge").length >= 2) return "weak";
  const isColdAhead = coldC !== null && coldC <= limits.winterColdC;
  return isColdAhead && restV < limits.winterRestV ? "winter" : "ok";
}

/** Whether the car did not run the converter for so many days before the last one. */
function isLongParked(days: readonly AuxDay[], longParkedDays: number): boolean {
  const last = days.at(-1);
  const fed = days.slice(0, -1).findLast((day) => day.fedH > 0.2);
  return last !== undefined && fed !== undefined && last.dayNumber - fed.dayNumber >= longParkedDays;
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

/** What is lost per hour beyond `usualMv` per pause over the last pauses, mV/h; several, since one night with the lights on does not count. Empty: too few. */
function slopesOf(days: readonly AuxDay[], usualMv: number): number[] {
  const slopes = pausesOf(days).map(({ count, lossMv, h }) => (lossMv - count * usualMv) / h);
  return slopes.length < AUX_PARAMS.daysMin ? [] : slopes.slice(-AUX_PARAMS.slopeNights);
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
