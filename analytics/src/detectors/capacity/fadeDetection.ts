/** What a vehicle's history says of its future: the months in which it crosses each limit, and whether it leaves its peers. */
import { type Day, daysBetween } from "../../engine/days.ts";
import type { HealthState } from "../../engine/state.ts";
import type { FadeHistory } from "../../forecast/fade.ts";
import { fadeHistory } from "../../forecast/fadeFleets.ts";
import { type Crossing, crossingOf, type FadePath, forecastFade } from "../../forecast/fadeForecast.ts";
import { type FasterThanPeers, fasterThanPeers } from "../../forecast/fasterThanPeers.ts";
import { warrantyVerdict } from "../../forecast/warrantyTerm.ts";
import { daySeries, describe, rounded } from "../describe.ts";
import type { Detection, ForecastRow, HealthRow, VehicleView } from "../detector.ts";

export const FADE_ID = "battery-fade";

const DAYS_PER_MONTH = 30.4375;
const LIMITS_PCT = [80, 70];
/** Usual where master data does not say: 70 % (GB/T practice and most makers' terms). */
const WARRANTY_PCT = 70;

/** The forecast from the history up to today, and what it means for the warranty, of which a value of class C says nothing; null before the first value. */
export function forecastOf(view: VehicleView, health: HealthState, accuracyClass: string): ForecastRow | null {
  const path = forecastFade(view.fadeFleet, presentHistory(health));
  if (path === null) return null;
  const warranty = view.master?.warranty?.sohPct ?? WARRANTY_PCT;
  const limits = [...LIMITS_PCT.map((sohPct) => ({ kind: "fixed", sohPct })), { kind: "warranty", sohPct: warranty }];
  const crossed = limits.map((limit) => ({ ...limit, crossing: crossing(path, limit.sohPct, health) }));
  return { at: view.day, path, limits: crossed, warranty: termOf(view, crossing(path, warranty, health), accuracyClass) };
}

/** Whether that crossing comes while the vehicle's warranty runs. */
function termOf({ day, master }: VehicleView, crossing: Crossing, accuracyClass: string): ForecastRow["warranty"] {
  const until = master?.warranty?.until ?? null;
  if (until === null) return null;
  const monthsLeft = daysBetween(day, until) / DAYS_PER_MONTH;
  return { verdict: warrantyVerdict(crossing, monthsLeft, accuracyClass), monthsLeft };
}

/** A limit that lies above the present value has been crossed: no months to go. */
function crossing(path: FadePath, limitPct: number, { track }: HealthState): ForecastRow["limits"][number]["crossing"] {
  return track.shownPct <= limitPct ? { earliest: 0, central: 0, latest: 0 } : crossingOf(path, limitPct);
}

/** 'Declining faster than its peers', by two of three tests; nothing where the peers are too few. */
export function fadeDetection(view: VehicleView, row: HealthRow, health: HealthState, forecast: ForecastRow | null): Detection[] {
  const history = presentHistory(health);
  const verdict = fasterThanPeers(view.fadeFleet, history);
  if (verdict === null || !verdict.isFaster) return [];
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined || last.month <= first.month) return [];
  const perYear = (12 * (last.sohPct - first.sohPct)) / (last.month - first.month);
  const spread = (12 * 2 * health.track.shownSdPct) / (last.month - first.month);
  const central = forecast?.limits.find(({ kind }) => kind === "warranty")?.crossing ?? null;
  const since = health.history[0]?.day ?? view.day;
  const months = { earliest: central?.earliest ?? null, central: central?.central ?? null, latest: central?.latest ?? null };
  return [
    describe(view, {
      sourceId: FADE_ID,
      component: "battery",
      severity: "advice",
      fromDay: since,
      value: perYear,
      low: perYear - spread,
      high: perYear + spread,
      unit: "%/a",
      samples: history.length,
      readings: {
        ...testReadings(verdict),
        peers: forecast?.path.peers ?? 0,
        soh_pct: row.capacityAh === null || row.referenceAh === null ? null : (100 * row.capacityAh) / row.referenceAh,
        warranty_earliest_months: months.earliest,
        warranty_central_months: months.central,
        warranty_latest_months: months.latest,
        warranty_verdict: forecast?.warranty?.verdict ?? null,
        warranty_months_left: rounded(forecast?.warranty?.monthsLeft ?? null),
      },
      series: [daySeries(view, { name: "soh", unit: "%", points: health.history.map((point) => [point.day, point.sohPct]) })],
      words: { percentile: Math.max(1, Math.round(verdict.peerPercentile)), peers: forecast?.path.peers ?? 0 },
    }),
  ];
}

function testReadings({ surprise, bend, rank, surpriseSum, slopeSpreads, peerPercentile }: FasterThanPeers) {
  return {
    keeps_falling_below_forecast: surprise,
    bends_down: bend,
    far_below_peers: rank,
    surprise_sum: surpriseSum,
    slope_spreads: slopeSpreads,
    peer_percentile: peerPercentile,
  };
}

/** The history with today's value at its end, which is younger than the last of the four-weekly points. */
function presentHistory({ history, track, day }: HealthState): FadeHistory {
  const last: Day | undefined = history.at(-1)?.day;
  return fadeHistory(last === day ? history : [...history, { day, sohPct: track.shownPct }]);
}
