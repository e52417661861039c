/**
 * A scorer for a machine's set of signals: how far their smoothed values have left the place they held while the machine was known
 * to be well. Hotelling's T-squared with independent channels, on exponentially weighted means (multivariate EWMA chart).
 */

/** Weight of the newest row in the smoothed values: about the last 20 rows count. */
const WEIGHT = 0.1;
/** The smoothed values need these rows to forget the first one; they do not enter the baseline. */
const SETTLING = 20;
/**
 * The alarm is due where the sum of squared deviations, in baseline variances, passes the chi-squared quantile of this normal
 * quantile (1 in 10,000): a mean square of 4.0 over eight channels. The result hardly changes from 3 to 5.
 */
const ALARM_QUANTILE = 3.7;
/** Rows after which two thirds of a slow change (oil warming up, a filter filling) have become the baseline, while all is quiet... */
const QUIET_ROWS = 1000;
/** ...and while there is an alarm: slower, so that a fault is not taken for the new normal before somebody has looked. */
const ALARM_ROWS = 3000;
/** A single deviation widens the baseline by no more than this many of its variances. */
const MOST_VARIANCES = 9;

/** Scores at or above this are alarms. */
export const SHIFT_ALARM_SCORE = 0.5;

interface Channel {
  /** Exponentially weighted mean of the values. */
  smoothed: number;
  /** Place and spread of the smoothed values while the machine is well; a variance of 0 is not judged. */
  mean: number;
  variance: number;
}

/**
 * Returns a function to feed rows of signal values (all of one length) in time order. The first `baselineRows` (more than 20) must be
 * healthy: they score 0 and set the place and spread of each signal, which then follow slow changes. Later rows score in 0..1, 0.5 and
 * above being an alarm. A value that is not finite leaves its channel where it was; a channel constant over the baseline is not judged.
 * Source: Lowry et al., Technometrics 34 (1992) 46. Memory: three numbers per channel.
 */
export function createBaselineShift(baselineRows: number): (row: readonly number[]) => number {
  let channels: Channel[] = [];
  let count = 0;
  return (row) => {
    count += 1;
    if (count === 1) channels = row.map((value) => ({ smoothed: value, mean: 0, variance: 0 }));
    for (const [i, channel] of channels.entries()) channel.smoothed = follow(channel.smoothed, row[i]);
    if (count <= SETTLING) return 0;
    if (count <= baselineRows) return learn(channels, count - SETTLING);
    const score = scoreOf(channels);
    adapt(channels, score >= SHIFT_ALARM_SCORE ? ALARM_ROWS : QUIET_ROWS);
    return score;
  };
}

function follow(smoothed: number, value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) return smoothed;
  return Number.isFinite(smoothed) ? smoothed + WEIGHT * (value - smoothed) : value;
}

/** Welford's update with the `count`-th values; scores 0. */
function learn(channels: readonly Channel[], count: number): number {
  for (const channel of channels) {
    const delta = channel.smoothed - channel.mean;
    channel.mean += delta / count;
    channel.variance += (delta * (channel.smoothed - channel.mean) - channel.variance) / count;
  }
  return 0;
}

function adapt(channels: readonly Channel[], rows: number): void {
  for (const channel of channels) {
    const delta = channel.smoothed - channel.mean;
    channel.mean += delta / rows;
    channel.variance += (Math.min(delta * delta, MOST_VARIANCES * channel.variance) - channel.variance) / rows;
  }
}

function scoreOf(channels: readonly Channel[]): number {
  const judged = channels.filter(({ variance }) => variance > 0);
  if (judged.length === 0) return 0;
  const sum = judged.reduce((total, { smoothed, mean, variance }) => total + (smoothed - mean) ** 2 / variance, 0);
  const statistic = sum / judged.length;
  return statistic / (statistic + alarmStatistic(judged.length));
}

/** Chi-squared quantile over its degrees of freedom: Wilson & Hilferty, PNAS 17 (1931) 684. */
function alarmStatistic(channels: number): number {
  const variance = 2 / (9 * channels);
  return (1 - variance + ALARM_QUANTILE * Math.sqrt(variance)) ** 3;
}
