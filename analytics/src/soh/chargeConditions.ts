/**
 * What temperature and charging rate do to the capacity that a charge shows, per model, so that a winter is not taken for ageing
 * (methods 1.5): ln Q = own level of the vehicle and month + b1 min(T - 25, 0) + b2 max(T - 25, 0) + b3 ln(rate) + b4 (fast charge).
 * Least squares within vehicle and month; effects that are not significant are left out.
 */
import { choleskySolve } from "../stats/choleskySolve.ts";

export interface ChargeCondition {
  readonly tempC: number | null;
  readonly currentA: number;
  readonly isDc: boolean;
}

export interface KnownCharge extends ChargeCondition {
  /** Vehicle and month: charges of one group have one capacity. */
  readonly group: string;
  readonly capacityAh: number;
}

export interface ConditionModel {
  /** Change of ln capacity per unit: K below 25 °C, K above, factor e of the rate, fast charging. */
  readonly effects: readonly [cold: number, warm: number, rate: number, fast: number];
  readonly charges: number;
}

const REFERENCE_C = 25;
/** Rate that needs no correction: a fifth of the capacity per hour. */
const REFERENCE_RATE = 0.2;
const CHARGES_MIN = 200;
const SIGNIFICANT_SDS = 3;
/** What no real pack does: a learnt effect beyond is some other cause. */
const EFFECT_MAX = [0.02, 0.02, 0.1, 0.1] as const;
const CAP = 0.25;

/** Null below 200 charges, or where nothing has an effect. O(charges). */
export function learnConditions(charges: readonly KnownCharge[]): ConditionModel | null {
  const usable = charges.filter(({ tempC, capacityAh, currentA }) => tempC !== null && capacityAh > 0 && currentA > 0);
  if (usable.length < CHARGES_MIN) return null;
  const rows = withinGroups(usable);
  const effects: [number, number, number, number] = [0, 0, 0, 0];
  let kept = [0, 1, 2, 3].filter((k) => rows.some(({ x }) => Math.abs(x[k] ?? 0) > 1e-9));
  // Backwards: the least significant effect leaves until all that stay are.
  for (let fit = fitted(rows, kept); fit !== null && kept.length > 0; fit = fitted(rows, kept)) {
    const strengths = kept.map((_, i) => Math.abs(fit?.values[i] ?? 0) / (fit?.errors[i] ?? 1));
    const weakest = strengths.indexOf(Math.min(...strengths));
    if ((strengths[weakest] ?? 0) >= SIGNIFICANT_SDS) {
      for (const [i, k] of kept.entries()) effects[k] = clamp(fit.values[i] ?? 0, EFFECT_MAX[k] ?? 0);
      return { effects, charges: usable.length };
    }
    kept = kept.filter((_, i) => i !== weakest);
  }
  return null;
}

/** By what a capacity measured under these conditions is to be multiplied to be one at 25 °C and slow charging. 1 without a temperature. */
export function conditionFactor(model: ConditionModel, condition: ChargeCondition, capacityAh: number): number {
  if (condition.tempC === null || condition.currentA <= 0 || capacityAh <= 0) return 1;
  const x = terms(condition, capacityAh);
  return Math.exp(
    -clamp(
      model.effects.reduce((sum, effect, k) => sum + effect * (x[k] ?? 0), 0),
      CAP,
    ),
  );
}

interface Row {
  readonly x: readonly number[];
  readonly y: number;
}

function terms({ tempC, currentA, isDc }: ChargeCondition, capacityAh: number): number[] {
  const warmer = (tempC ?? REFERENCE_C) - REFERENCE_C;
  return [Math.min(0, warmer), Math.max(0, warmer), Math.log(currentA / capacityAh / REFERENCE_RATE), isDc ? 1 : 0];
}

/** Differences from the group's mean: what is common to a vehicle's month says nothing of conditions. */
function withinGroups(charges: readonly KnownCharge[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const charge of charges) {
    // Against any one capacity: the differences within the group are the same, and the charge's own error stays out of its rate.
    const row = { x: terms(charge, 1), y: Math.log(charge.capacityAh) };
    const group = groups.get(charge.group);
    if (group === undefined) groups.set(charge.group, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group) => {
    const centre = (of: (row: Row) => number) => group.reduce((sum, row) => sum + of(row), 0) / group.length;
    const [x, y] = [[0, 1, 2, 3].map((k) => centre((row) => row.x[k] ?? 0)), centre((row) => row.y)];
    return group.map((row) => ({ x: row.x.map((value, k) => value - (x[k] ?? 0)), y: row.y - y }));
  });
}

function fitted(rows: readonly Row[], kept: readonly number[]): { values: number[]; errors: number[] } | null {
  const moment = (a: (row: Row) => number, b: (row: Row) => number) => rows.reduce((sum, row) => sum + a(row) * b(row), 0);
  const column = (k: number) => (row: Row) => row.x[k] ?? 0;
  const matrix = kept.map((a) => kept.map((b) => moment(column(a), column(b))));
  const values = choleskySolve(
    matrix,
    kept.map((a) => moment(column(a), ({ y }) => y)),
  );
  if (values === null || values.length === 0) return null;
  const rest = rows.reduce((sum, row) => sum + (row.y - kept.reduce((all, k, i) => all + (values[i] ?? 0) * (row.x[k] ?? 0), 0)) ** 2, 0);
  const variance = rest / Math.max(1, rows.length - kept.length);
  const errors = kept.map((_, i) => {
    const unit = kept.map((_unused, j) => (i === j ? 1 : 0));
    return Math.sqrt(variance * Math.max(0, choleskySolve(matrix, unit)?.[i] ?? 0)) + 1e-12;
  });
  return { values, errors };
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
