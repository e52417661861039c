import type { LearntSet } from "../codes/learntSets.ts";
import type { RepairRisks } from "../codes/repairRisks.ts";
import { addDays, type Day, dayEndMs, dayStartMs } from "../engine/days.ts";
import type { VehicleState } from "../engine/state.ts";
import { BASELINE_DAYS_KEPT, CELL_DAYS_KEPT, firstDays, keptDays, SESSION_DAYS_KEPT, type VehicleSeries } from "../features/series.ts";
import { SESSION_SETTLE_MS } from "../features/sessionsSql.ts";
import type { PadWear } from "../fleet/brakeWear.ts";
import type { ChargeFleet } from "../fleet/chargeCounts.ts";
import { NO_PEERS, type Peers } from "../fleet/peers.ts";
import type { FadeFleet } from "../forecast/fadeForecast.ts";
import type { ChargeModel } from "../soh/chargeModel.ts";
import type { VehicleMaster, VehicleView } from "./detector.ts";

/** What is known about one vehicle on one evening. */
export interface Evening {
  readonly vin: string;
  readonly day: Day;
  readonly offsetMinutes: number;
  /** The vehicle's last report of the day; null: the day's end stands for it. */
  readonly lastDataMs: number | null;
  readonly series: VehicleSeries;
  readonly state: VehicleState;
  readonly master: VehicleMaster | null;
  readonly peerBaselineAh: number | null;
  /** Absent: too few of the model. */
  readonly fadeFleet?: FadeFleet | null;
  /** Absent: too few of the model have charged far enough. */
  readonly chargeModel?: ChargeModel | null;
  /** Absent: nobody to compare with. */
  readonly peers?: Peers;
  /** Absent: nothing learnt. */
  readonly codeSets?: readonly LearntSet[];
  /** Absent: nothing learnt. */
  readonly repairRisks?: RepairRisks;
  readonly expectedColdC?: number | null;
  /** Absent: nobody knows. */
  readonly padWear?: PadWear | null;
  /** Absent: too few cars to say. */
  readonly chargeFleet?: ChargeFleet | null;
}

/** The vehicle as it was on that evening: the same whether the day is judged as it ends or within a year's replay. */
export function viewOf(evening: Evening): VehicleView {
  const { vin, day, offsetMinutes, lastDataMs, series, state, master, peerBaselineAh } = evening;
  const endMs = dayEndMs(day, offsetMinutes);
  return {
    vin,
    day,
    dayStartMs: dayStartMs(day, offsetMinutes),
    dayEndMs: endMs,
    lastDataMs: lastDataMs ?? endMs - 1,
    series: until(series, day, endMs),
    master,
    peerBaselineAh,
    ownBaselineAh: state.baselineAh,
    lastHealthDay: state.lastHealthDay,
    openSources: new Set(state.detections.filter(({ stage }) => stage === "live").map(({ sourceId }) => sourceId)),
    health: state.health,
    fadeFleet: evening.fadeFleet ?? null,
    chargeModel: evening.chargeModel ?? null,
    peers: evening.peers ?? NO_PEERS,
    codeSets: evening.codeSets ?? [],
    ...(evening.repairRisks === undefined ? {} : { repairRisks: evening.repairRisks }),
    expectedColdC: evening.expectedColdC ?? null,
    padWear: evening.padWear ?? null,
    chargeFleet: evening.chargeFleet ?? null,
  };
}

/** Nothing younger than the day, and of the past what is always kept; a charge that ended within the last minutes counts on the next day. */
function until({ cellDays, sessions, daily }: VehicleSeries, day: Day, endMs: number): VehicleSeries {
  const oldest = addDays(day, -CELL_DAYS_KEPT);
  const oldestSessionMs = endMs - SESSION_DAYS_KEPT * 86_400_000;
  const isBaseline = firstDays(cellDays, BASELINE_DAYS_KEPT);
  return {
    cellDays: cellDays.filter((row) => row.day <= day && (row.day > oldest || isBaseline(row.day))),
    sessions: sessions.filter(({ startedMs, endedMs }) => startedMs >= oldestSessionMs && endedMs < endMs - SESSION_SETTLE_MS),
    daily: Object.fromEntries(
      Object.entries(daily).map(([family, days]) => [
        family,
        keptDays(
          family,
          days.filter((row) => row.day <= day),
          day,
        ),
      ]),
    ),
  };
}
