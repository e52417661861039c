/**
 * How many parts a region should have at hand over the supplier's lead time: the predictive distribution of a rate learnt with
 * a gamma prior from the same family elsewhere (methods 5.5). Negative binomial, so a short own history makes it wide.
 */
import { countQuantile } from "../stats/countDistribution.ts";

export interface Demand {
  /** Events and the exposure they came from, for instance vehicle-weeks. */
  readonly events: number;
  readonly exposure: number;
  /** Rate elsewhere, events per exposure, and how many of its events it shall weigh as. */
  readonly prior: { readonly rate: number; readonly weight: number };
  /** Exposure the stock has to last for. */
  readonly aheadExposure: number;
  /** Share of events that need the part, 0..1. */
  readonly partShare: number;
}

export interface Stock {
  readonly low: number;
  readonly central: number;
  readonly high: number;
}

/** Quantities at 10 %, 50 % and `serviceLevel` of the predicted demand, in parts. Zero exposure ahead needs none. */
export function partsDemand({ events, exposure, prior, aheadExposure, partShare }: Demand, serviceLevel = 0.95): Stock {
  // Gamma prior: as if `weight` events had been seen elsewhere at the prior's rate.
  const shape = events + (prior.rate > 0 ? prior.weight : 0);
  const rate = exposure + (prior.rate > 0 ? prior.weight / prior.rate : 0);
  const mean = (shape / rate) * aheadExposure * partShare;
  if (!(mean > 0) || !Number.isFinite(mean)) return { low: 0, central: 0, high: 0 };
  const dispersion = 1 + (aheadExposure * partShare) / rate;
  const at = (share: number) => countQuantile(share, mean, dispersion);
  return { low: at(0.1), central: at(0.5), high: at(serviceLevel) };
}
