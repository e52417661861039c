import { cusumThreshold } from "../stats/cusum.ts";

/** False alarms per vehicle-year that an audience bears (methods 4.6). */
export const ALARM_BUDGET = { owner: 0.05, dealer: 0.2, engineer: 1 } as const;
export type Audience = keyof typeof ALARM_BUDGET;

const WEEKS_PER_YEAR = 52.18;

/**
 * Threshold of a weekly CUSUM so that `series` of them per vehicle together alarm falsely no more often than the audience's budget,
 * at slack `k`. Independent standard normal weeks; own weeks against own beginning come close, single days do not.
 * Example: one series, owner: once in 1,044 weeks, h = 5.1 at k = 0.5.
 */
export function budgetedThreshold(audience: Audience, series: number, k: number): number {
  return cusumThreshold((series * WEEKS_PER_YEAR) / ALARM_BUDGET[audience], k);
}
