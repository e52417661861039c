import { countQuantile } from "./countDistribution.ts";

/**
 * Quantile of chi-square with an even number of degrees of freedom (2, 4, ...), through its Poisson form:
 * P(X > x) = P(Poisson(x / 2) < degrees / 2). simple-statistics has a table of a few quantiles only.
 * Source: Johnson, Kemp & Kotz, Univariate Discrete Distributions, 4.16.
 */
export function chiSquareQuantile(share: number, degrees: number): number {
  const events = degrees / 2;
  let low = 0;
  let high = 2 * degrees + 20 * Math.sqrt(degrees) + 60;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (countQuantile(1 - share, middle / 2) < events) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
