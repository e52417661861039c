/**
 * A scorer for any one signal that nobody wrote a detector for: how unlike its own recent past the newest value and the newest
 * stretch are, with constant memory and one setting for every series.
 */
import { createNearestWindows, type WindowSettings } from "./nearestWindows.ts";
import { createSurpriseHistory } from "./surpriseHistory.ts";

/** A jump shows in a few values, a changed daily shape in a couple of dozen. */
const SCALES: readonly WindowSettings[] = [
  { length: 4, neighbours: 20, memory: 1000 },
  { length: 24, neighbours: 20, memory: 800 },
];
/** Scores remembered for each scale. */
const HISTORY = 1200;
/** Decades of surprise at which the alarm is due: inside the plateau 2.3 to 2.9 on which the result hardly changes. */
const ALARM_DECADES = 2.6;
/** After an alarm the same event stays odd for a while; this many values raise no second one. */
const REST = 110;

/** Scores at or above this are alarms. */
export const ALARM_SCORE = 0.5;

/**
 * Returns a function to feed the values of one series in time order; each gets a score in 0..1, 0.5 and above being an alarm.
 * A value that is not finite scores 0 and is not learnt from. Says nothing over the first 60 values or so. About 67 kB per
 * series and 30 microseconds per value.
 */
export function createSeriesScorer(): (value: number) => number {
  const scales = SCALES.map((settings) => ({ strangeness: createNearestWindows(settings), surprise: createSurpriseHistory(HISTORY) }));
  let rest = 0;
  return (value) => {
    if (!Number.isFinite(value)) return 0;
    const surprises = scales.map(({ strangeness, surprise }) => {
      const strange = strangeness(value);
      return strange === null ? 0 : surprise(strange);
    });
    const score = scoreOf(Math.max(...surprises));
    if (rest > 0) {
      rest -= 1;
      return Math.min(score, ALARM_SCORE * 0.99);
    }
    if (score >= ALARM_SCORE) rest = REST;
    return score;
  };
}

/** 0 at no surprise, 0.5 at the alarm, towards 1 beyond. */
function scoreOf(decades: number): number {
  return decades <= 0 ? 0 : decades / (decades + ALARM_DECADES);
}
