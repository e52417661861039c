import { median } from "simple-statistics";
import { countAlerts } from "../scoring/countAlerts.ts";
import type { JudgedVehicle } from "../scoring/judge.ts";
import { type Counts, costOf, countsOf, leadsOf } from "../scoring/score.ts";
import type { SweepCurve, SweepPoint } from "../types.ts";
import type { Plan } from "./plan.ts";

/** One vehicle at every point of a sweep. */
export interface SweptVehicle {
  readonly years: number;
  /** Lane 0 is the rule as it stands. */
  judgedAt(lane: number, place: number): JudgedVehicle;
  readonly hasFirings: boolean;
}

type Summed = Counts & { readonly alerts: number };
type Totals = { -readonly [K in keyof Summed]: number } & { readonly leads: number[] };

/** Adds vehicles up per point; O(points) per vehicle, and O(1) where nothing may fire. */
export function createSweepTotals({ lanes, request, rule }: Plan) {
  const size = request.sweep.reduce((count, { values }) => count * values.length, 1);
  const totals = Array.from({ length: size }, emptyTotals);
  /** The vehicles at which nothing fires at any point. */
  const quiet = emptyTotals();
  const alerting = { severity: rule.severity, coolDownDays: request.policy.coolDownDays };
  let years = 0;

  function add(vehicle: SweptVehicle): void {
    years += vehicle.years;
    if (!vehicle.hasFirings) {
      addTo(quiet, { ...countsOf(vehicle.judgedAt(0, 0), alerting), alerts: 0 }, []);
      return;
    }
    const known = new Map<JudgedVehicle, { counts: Summed; leads: readonly number[] }>();
    lanes.slice(1).forEach((lane, k) => {
      lane.points.forEach((point, place) => {
        const judged = vehicle.judgedAt(k + 1, place);
        const found = known.get(judged) ?? { counts: summedOf(judged), leads: leadsOf(judged) };
        known.set(judged, found);
        const total = totals[point];
        if (total !== undefined) addTo(total, found.counts, found.leads);
      });
    });
  }

  function summedOf(judged: JudgedVehicle): Summed {
    return { ...countsOf(judged, alerting), alerts: countAlerts(judged.firings, alerting, judged.visits) };
  }

  function pointOf(index: number, total: Totals): SweepPoint {
    const [yes, no] = [total.true, total.false];
    const [found, missed] = [total.found + quiet.found, total.missed + quiet.missed];
    const cost = costOf({ found, missed, falseAlerts: total.falseAlerts }, request.cost);
    return {
      at: valuesAt(index),
      firings: total.firings,
      alerts: total.alerts,
      true: yes,
      false: no,
      unknown: total.unknown,
      found,
      missed,
      precision: yes + no === 0 ? null : yes / (yes + no),
      recall: found + missed === 0 ? null : found / (found + missed),
      leadDaysMedian: total.leads.length === 0 ? null : median(total.leads),
      alertsPer1000VehicleYears: years === 0 ? null : (1000 * total.alerts) / years,
      cost,
      saving: (found + missed) * request.cost.missedFault - cost,
    };
  }

  function valuesAt(index: number): readonly number[] {
    let rest = index;
    return request.sweep
      .toReversed()
      .map(({ values }) => {
        const value = values[rest % values.length] ?? Number.NaN;
        rest = Math.floor(rest / values.length);
        return value;
      })
      .toReversed();
  }

  function curve(): SweepCurve {
    const points = totals.map((total, index) => pointOf(index, total));
    const present = points.findIndex(({ at }) => request.sweep.every(({ parameter }, i) => at[i] === rule.parameters[parameter]?.default));
    return { axes: request.sweep, points, best: bestOf(points), present: present === -1 ? null : present };
  }

  return { add, curve };
}

/** The cheapest point; among equals the one in the middle of the first such stretch, farthest from either edge. */
function bestOf(points: readonly SweepPoint[]): number | null {
  const isLabelled = points.some((point) => point.true + point.false + point.found + point.missed > 0);
  if (!isLabelled) return null;
  const least = Math.min(...points.map(({ cost }) => cost));
  const from = points.findIndex(({ cost }) => cost === least);
  const after = points.findIndex(({ cost }, index) => index > from && cost !== least);
  return Math.floor((from + (after === -1 ? points.length : after) - 1) / 2);
}

const COUNTED = [
  "firings",
  "alerts",
  "true",
  "false",
  "unknown",
  "duplicates",
  "found",
  "missed",
  "censored",
  "falseAlerts",
] as const satisfies readonly (keyof Summed)[];

function emptyTotals(): Totals {
  return {
    firings: 0,
    alerts: 0,
    true: 0,
    false: 0,
    unknown: 0,
    duplicates: 0,
    found: 0,
    missed: 0,
    censored: 0,
    falseAlerts: 0,
    leads: [],
  };
}

function addTo(total: Totals, counts: Summed, leads: readonly number[]): void {
  for (const what of COUNTED) total[what] += counts[what];
  total.leads.push(...leads);
}
