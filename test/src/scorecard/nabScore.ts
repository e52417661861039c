/**
 * The score of the Numenta Anomaly Benchmark, standard profile (Lavin & Ahmad, arXiv 1510.03336): a window counts once, by its
 * earliest alarm; every alarm outside counts against, less so just behind a window; the first 15 % (of at most 5,000 points) are free.
 */

export interface SeriesScore {
  /** Sum of weighted scores: -windows without any alarm, +windows for perfect detection. */
  readonly raw: number;
  /** Windows that end after the probationary period. */
  readonly windows: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly points: number;
}

const PROBATION_SHARE = 0.15;
const PROBATION_POINTS = 5000;
/** Standard profile: a false alarm costs this part of a window. */
const FALSE_ALARM_WEIGHT = 0.11;
/** Further behind a window than this many of its widths a false alarm counts in full. */
const FAR = 3;

/**
 * Scores one series of `points` points, of which `isAlarm` tells the alarms, against `windows` (first and last place, in order).
 * With all series' sums the published score is 50 (raw + windows) / windows: 0 without alarms, 100 for one at each window's start.
 */
export function nabSeriesScore(
  points: number,
  windows: readonly (readonly [from: number, to: number])[],
  isAlarm: (place: number) => boolean,
): SeriesScore {
  const probation = Math.min(Math.floor(PROBATION_SHARE * points), PROBATION_SHARE * PROBATION_POINTS);
  const best = new Map(windows.filter(([, to]) => to >= probation).map((window) => [window, -1]));
  let penalties = 0;
  let falseAlarms = 0;
  for (let place = Math.ceil(probation); place < points; place += 1) {
    if (!isAlarm(place)) continue;
    const window = windows.find(([from, to]) => place >= from && place <= to);
    if (window === undefined) {
      falseAlarms += 1;
      penalties += FALSE_ALARM_WEIGHT * falseAlarmScore(place, windows);
    } else {
      best.set(window, Math.max(best.get(window) ?? -1, alarmScore(place, window)));
    }
  }
  const scores = [...best.values()];
  return {
    raw: penalties + scores.reduce((sum, score) => sum + score, 0),
    windows: scores.length,
    found: scores.filter((score) => score > -1).length,
    falseAlarms,
    points,
  };
}

/** NAB's scaled sigmoid: 0.987 at the start of a window (-1), 0.848 in its middle, 0 at its end, -0.987 one width behind, -1 far away. */
export function scaledSigmoid(position: number): number {
  return position >= FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

function alarmScore(place: number, [from, to]: readonly [number, number]): number {
  return scaledSigmoid(-(to - place + 1) / (to - from + 1)) / scaledSigmoid(-1);
}

function falseAlarmScore(place: number, windows: readonly (readonly [number, number])[]): number {
  const last = windows.filter(([, to]) => to < place).at(-1);
  return last === undefined ? -1 : scaledSigmoid((place - last[1]) / (last[1] - last[0]));
}
