/**
 * How long a component of a model lasts and what that asks for: Weibull by age and by distance from vehicles repaired and vehicles not,
 * demand over the lead time from the age of each vehicle that still runs on its first part, and the trend of the repairs (methods 5.3, 5.5).
 */
import { type Growth, reliabilityGrowth } from "../life/reliabilityGrowth.ts";
import { chanceAhead, fitWeibull, type Life, type Weibull, type WeibullInterval, weibullLife } from "../life/weibull.ts";
import { countQuantile } from "../stats/countDistribution.ts";

/** One vehicle's first part of the kind. */
export interface PartHistory {
  /** Age at its first repair, else when last seen; age when first seen. Months. */
  readonly months: number;
  readonly fromMonths: number;
  /** Distance then; null where no odometer is known. */
  readonly km: number | null;
  readonly fromKm: number | null;
  readonly isRepaired: boolean;
}

export interface LifeOfPart {
  readonly byAge: (Weibull & { readonly b10: WeibullInterval }) | null;
  readonly byKm: (Weibull & { readonly b10: WeibullInterval }) | null;
  readonly growth: Growth | null;
  /** Parts over the lead time at 10, 50 and 95 %; null without a life by age. */
  readonly quantity: { readonly low: number; readonly central: number; readonly high: number } | null;
}

const B10 = 0.1;

/**
 * @param failuresAt the fleet's cumulative vehicle-weeks at each repair, out of `exposure` in all
 * @param leadMonths supplier's lead time
 */
export function lifeOfPart(
  vehicles: readonly PartHistory[],
  { failuresAt, exposure, leadMonths }: { readonly failuresAt: readonly number[]; readonly exposure: number; readonly leadMonths: number },
): LifeOfPart {
  const byAge = lifeFrom(vehicles.map(({ months, fromMonths, isRepaired }) => ({ use: months, from: fromMonths, hasFailed: isRepaired })));
  const byKm = lifeFrom(
    vehicles.flatMap(({ km, fromKm, isRepaired }) => (km === null ? [] : [{ use: km, from: fromKm ?? 0, hasFailed: isRepaired }])),
  );
  const quantity = byAge === null ? null : demand(byAge, vehicles, leadMonths);
  return { byAge, byKm, growth: reliabilityGrowth(failuresAt, exposure), quantity };
}

function lifeFrom(lives: readonly Life[]): LifeOfPart["byAge"] {
  const fit = fitWeibull(lives);
  return fit === null ? null : { ...fit, b10: weibullLife(fit, B10) };
}

/** Negative binomial: chance, and a rate known no better than its failures let it be. */
function demand(fit: Weibull, vehicles: readonly PartHistory[], leadMonths: number): LifeOfPart["quantity"] {
  const mean = vehicles.reduce((sum, { months, isRepaired }) => sum + (isRepaired ? 0 : chanceAhead(fit, months, leadMonths)), 0);
  if (!(mean > 0)) return { low: 0, central: 0, high: 0 };
  const at = (share: number) => countQuantile(share, mean, 1 + mean / fit.failures);
  return { low: at(0.1), central: at(0.5), high: at(0.95) };
}
