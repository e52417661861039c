/** One charge at the steps of its displayed state of charge: arrays of one length, in the order of the charge. */
export interface ChargeCurve {
  /** Displayed, after the step. */
  readonly socPct: readonly number[];
  /** Counted since the charge began. */
  readonly chargeAh: readonly number[];
  /** Under the charging current. */
  readonly packV: readonly number[];
}

/** A curve and whose it is. */
export interface VehicleCurve {
  readonly vin: string;
  readonly curve: ChargeCurve;
  /** Mean charging current, A. */
  readonly currentA: number;
}

/** Swing from which a charge shows how its charge is spread over the display (methods 1.4). */
export const WIDE_SWING_PCT = 80;
/** Fewer charges or vehicles do not speak for a model (methods 1.4). */
export const LEARN_CURVES_MIN = 30;
export const LEARN_VEHICLES_MIN = 15;

/** Whether there are enough charges and vehicles to learn from. */
export function isEnoughToLearn(curves: readonly VehicleCurve[]): boolean {
  return curves.length >= LEARN_CURVES_MIN && new Set(curves.map(({ vin }) => vin)).size >= LEARN_VEHICLES_MIN;
}

/** What a displayed percent means as a share of a full charge. */
export type ShareOf = (socPct: number) => number;
export const AS_DISPLAYED: ShareOf = (socPct) => socPct / 100;

/** Share of a full charge at every step of a wide charge, its two ends taken from `shareOf`. Empty for a charge without a swing. */
export function sharesOf(curve: ChargeCurve, shareOf: ShareOf = AS_DISPLAYED): number[] {
  const fullAh = fullChargeAh(curve, shareOf);
  const [firstPct, firstAh] = [curve.socPct[0], curve.chargeAh[0]];
  if (fullAh === null || firstPct === undefined || firstAh === undefined) return [];
  return curve.chargeAh.map((ah) => shareOf(firstPct) + (ah - firstAh) / fullAh);
}

/** What a wide charge makes of a full one, Ah; null without a swing. */
export function fullChargeAh({ socPct, chargeAh }: ChargeCurve, shareOf: ShareOf = AS_DISPLAYED): number | null {
  const swing = shareOf(socPct.at(-1) ?? 0) - shareOf(socPct[0] ?? 0);
  const countedAh = (chargeAh.at(-1) ?? 0) - (chargeAh[0] ?? 0);
  return swing > 0 && countedAh > 0 ? countedAh / swing : null;
}

/** y at x on the line through the points around it; null outside. `xs` rising. O(log n). */
export function interpolate(xs: readonly number[], ys: readonly number[], x: number): number | null {
  let [low, high] = [0, xs.length - 1];
  if (high < 0 || x < (xs[0] ?? 0) || x > (xs[high] ?? 0)) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle;
    else high = middle;
  }
  const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [xs[low], xs[high], ys[low], ys[high]];
  return x1 === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** The middle of each vehicle's values first, so that a vehicle that charges often does not speak for the model. */
export function byVehicle<T>(items: readonly T[], vinOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(vinOf(item));
    if (group === undefined) groups.set(vinOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
