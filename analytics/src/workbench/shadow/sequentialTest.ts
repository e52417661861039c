/** What a sequential comparison of alert rates says so far. */
export interface SequentialVerdict {
  readonly verdict: "stop: too many" | "stop: within budget" | "go on";
  readonly logLikelihoodRatio: number;
}

/**
 * Wald's sequential probability ratio test for counts: may a shadow rule be stopped before its planned end? H0: events come at `budget`
 * per unit of exposure, H1: at `tooMany`. Looking after every day costs nothing, unlike a test of fixed size. `alpha`: chance to stop a
 * rule that keeps to its budget; `beta`: chance to pass one that does not. Source: Wald 1945, section 5.
 * With 9 events in 2 units, 1 budgeted and 3 too many, the ratio is 9 ln 3 - 4 = 5.89 and the rule is stopped.
 */
export function sequentialTest(
  { events, exposure }: { readonly events: number; readonly exposure: number },
  {
    budget,
    tooMany,
    alpha = 0.05,
    beta = 0.1,
  }: { readonly budget: number; readonly tooMany: number; readonly alpha?: number; readonly beta?: number },
): SequentialVerdict {
  const logLikelihoodRatio = events * Math.log(tooMany / budget) - (tooMany - budget) * exposure;
  if (logLikelihoodRatio >= Math.log((1 - beta) / alpha)) return { verdict: "stop: too many", logLikelihoodRatio };
  if (logLikelihoodRatio <= Math.log(beta / (1 - alpha))) return { verdict: "stop: within budget", logLikelihoodRatio };
  return { verdict: "go on", logLikelihoodRatio };
}
