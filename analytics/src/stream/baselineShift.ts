/**
 * A scorer for a machine's set of signals: how far their smoothed values have left the place they held while the machine was known
 * to be well. Hotelling's T-squared with independent channels, on exponentially weighted means (multivariate EWMA chart).
 */

/** Weight of the newest row in the smoothed values: about the last 20 rows count. */
const WEIGHT = 0.1;
/** The smoothed values need these rows to forget the first one; they do not enter the baseline. */
const SETTLING = 20;
/** Mean squared deviation over the channels, in baseline variances, at which the alarm is due: plateau 4 to 10. */
const ALARM_STATISTIC = 6;

/** Scores at or above this are alarms. */
export const SHIFT_ALARM_SCORE = 0.5;

/**
 * Returns a function to feed rows of signal values (all of one length) in time order. The first `baselineRows` (more than 20) must be
 * healthy: they score 0 and set the place and spread of each signal. Later rows score in 0..1, 0.5 and above being an alarm.
 * A value that is not finite leaves its channel where it was; a channel constant over the baseline is not judged.
 * Source: Lowry et al., Technometrics 34 (1992) 46. Memory: three numbers per channel.
 */
export function createBaselineShift(baselineRows: number): (row: readonly number[]) => number {
  let channels: { smoothed: number; mean: number; squares: number }[] = [];
  let count = 0;
  let learnt = 0;
  return (row) => {
    count += 1;
    if (count === 1) channels = row.map((value) => ({ smoothed: value, mean: 0, squares: 0 }));
    for (const [i, channel] of channels.entries()) channel.smoothed = follow(channel.smoothed, row[i]);
    if (count > baselineRows) return scoreOf(channels, learnt);
    if (count <= SETTLING) return 0;
    learnt += 1;
    for (const channel of channels) {
      const delta = channel.smoothed - channel.mean;
      channel.mean += delta / learnt;
      channel.squares += delta * (channel.smoothed - channel.mean);
    }
    return 0;
  };
}

function follow(smoothed: number, value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) return smoothed;
  return Number.isFinite(smoothed) ? smoothed + WEIGHT * (value - smoothed) : value;
}

function scoreOf(channels: readonly { smoothed: number; mean: number; squares: number }[], learnt: number): number {
  const judged = channels.filter(({ squares }) => squares > 0);
  if (judged.length === 0) return 0;
  const sum = judged.reduce((total, { smoothed, mean, squares }) => total + (smoothed - mean) ** 2 / (squares / learnt), 0);
  const statistic = sum / judged.length;
  return statistic / (statistic + ALARM_STATISTIC);
}
