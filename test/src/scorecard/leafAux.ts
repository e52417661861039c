/** 12 V part of leaf-obd-log: a verdict per month with rows, from what was known by its end. */
import type { AuxDay } from "@bellwether/analytics/detectors/auxBattery/auxDay";
import { AUX_PARAMS, type AuxVerdict, detectAux } from "@bellwether/analytics/detectors/auxBattery/detectAux";
import { quantile } from "simple-statistics";

export interface AuxRow {
  readonly dayNumber: number;
  readonly atS: number;
  readonly v: number;
}

export interface AuxPrediction {
  readonly kind: "aux_battery";
  readonly month: string;
  readonly verdict: AuxVerdict["kind"];
  readonly symptoms: readonly string[];
  readonly rest_v: number | null;
  readonly baseline_rest_v: number | null;
  readonly dip_v: number | null;
  readonly lowest_v: number;
  readonly highest_v: number;
  readonly reason: string;
}

const REST_S = 3 * 3600;
/** Above this the converter feeds the network. */
const FED_V = 13.2;
/** A log holds few starts: a month speaks for the present. */
const WINDOW_DAYS = 31;
const UNFED_LOW_V = 12.2;

/** The rows of a log, sorted by time, as verdicts per month. */
export function auxVerdicts(rows: readonly AuxRow[]): AuxPrediction[] {
  const days = auxDays(rows);
  const months = [...new Set(days.map((day) => monthOf(day.dayNumber)))];
  return months.map((month) => {
    const known = days.filter((day) => monthOf(day.dayNumber) <= month);
    const own = rows.filter((row) => monthOf(row.dayNumber) === month).map(({ v }) => v);
    return predictionOf(month, detectAux(known, { coldC: null, builtDayNumber: null, windowDays: WINDOW_DAYS }), own);
  });
}

function auxDays(rows: readonly AuxRow[]): AuxDay[] {
  const byDay = new Map<number, { volts: number[]; starts: number[] }>();
  let before: AuxRow | null = null;
  for (const row of rows) {
    const day = byDay.get(row.dayNumber) ?? { volts: [], starts: [] };
    byDay.set(row.dayNumber, day);
    day.volts.push(row.v);
    const isStart = before === null || row.atS - before.atS >= REST_S;
    if (isStart && row.v < FED_V) day.starts.push(row.v);
    before = row;
  }
  return [...byDay].map(([dayNumber, { volts, starts }]) => {
    const unfed = volts.filter((v) => v < FED_V);
    return {
      dayNumber,
      restV: starts.length === 0 ? null : Math.max(...starts),
      minV: unfed.length === 0 ? null : quantile(unfed, 0.01),
      first: null,
      last: null,
      pauses: null,
      recharges: 0,
      fedH: volts.length - unfed.length,
    };
  });
}

function predictionOf(month: string, verdict: AuxVerdict, volts: readonly number[]): AuxPrediction {
  const lowest = volts.reduce((low, v) => Math.min(low, v), Number.POSITIVE_INFINITY);
  const highest = volts.reduce((high, v) => Math.max(high, v), 0);
  const range = `lowest ${lowest.toFixed(2)} V, ${(100 * (volts.filter((v) => v < UNFED_LOW_V).length / volts.length)).toFixed(1)} % of readings below ${UNFED_LOW_V} V, highest ${highest.toFixed(2)} V`;
  const head = { kind: "aux_battery", month, lowest_v: lowest, highest_v: highest } as const;
  if (verdict.kind === "not_evaluated") {
    const nothing = { verdict: verdict.kind, symptoms: [], rest_v: null, baseline_rest_v: null, dip_v: null };
    const why = `${verdict.days} days with a start after three hours of rest that nothing fed, ${AUX_PARAMS.daysMin} needed`;
    return { ...head, ...nothing, reason: `${verdict.reason}: ${why}; ${range}` };
  }
  const { restV, baselineRestV, dipV, days } = verdict.measures;
  const beside = baselineRestV === null ? "no beginning to compare with yet" : `${baselineRestV.toFixed(2)} V at its beginning`;
  const reason = `wakes at ${restV.toFixed(2)} V (median of ${days} days), ${beside}; ${range}`;
  return { ...head, verdict: verdict.kind, symptoms: verdict.symptoms, rest_v: restV, baseline_rest_v: baselineRestV, dip_v: dipV, reason };
}

const monthOf = (dayNumber: number): string => new Date(dayNumber * 86_400_000).toISOString().slice(0, 7);
