import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import type { VehicleEvaluation } from "./schemas.ts";

/** Whoever cannot judge says so weekly, or when the reason changes: what is older than this holds no more. */
const HOLDS_DAYS = 8;
const WEEKS_MAX = 26;

const unjudgedRow = TABLES.not_evaluated.omit({ vin: true, computed_at: true });
const weekRow = TABLES.data_quality.omit({ vin: true, computed_at: true });

/** How much of the vehicle's weeks was seen, newest first, and what could not be judged when it last reported, with the reason. */
export async function readEvaluation(store: ColumnStore, vin: string, lastSeenAt: string): Promise<VehicleEvaluation> {
  const [unjudged, weeks] = await Promise.all([
    store.query(
      `SELECT source_id, max(said.day) AS day, argMax(said.reason, (said.day, computed_at)) AS reason, argMax(said.samples, (said.day, computed_at)) AS samples
       FROM not_evaluated AS said WHERE vin = {vin: String} AND said.day > toDate({last: String}) - {days: UInt8}
       GROUP BY source_id ORDER BY source_id`,
      unjudgedRow,
      { params: { vin, last: lastSeenAt.slice(0, 10), days: HOLDS_DAYS } },
    ),
    store.query(
      // FINAL: one row per week of one vehicle.
      `SELECT week, days, driving_coverage, charging_coverage, interval_s, problems
       FROM data_quality FINAL WHERE vin = {vin: String} ORDER BY week DESC LIMIT {weeks: UInt8}`,
      weekRow,
      { params: { vin, weeks: WEEKS_MAX } },
    ),
  ]);
  return {
    notEvaluated: unjudged.map(({ source_id, ...rest }) => ({ sourceId: source_id, ...rest })),
    weeks: weeks.map(({ week, days, driving_coverage, charging_coverage, interval_s, problems }) => ({
      week,
      days,
      drivingCoverage: driving_coverage,
      chargingCoverage: charging_coverage,
      intervalS: interval_s,
      problems,
    })),
  };
}
