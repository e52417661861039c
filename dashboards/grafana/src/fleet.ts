import { stat, table, timeseries } from "./panels.ts";
import type { DashboardSpec } from "./registry.ts";

/** What the data team looks at first: who reports, what is wrong, how healthy the packs are. */
export const fleetDashboard: DashboardSpec = {
  uid: "bellwether-fleet",
  title: "Bellwether · Fleet",
  description: "Vehicles, findings and battery health of the whole fleet.",
  panels: [
    stat({
      title: "Vehicles reporting",
      description: "Vehicles with at least one report in the chosen time.",
      sql: "SELECT uniqExact(vin) AS vehicles FROM telemetry WHERE $__timeFilter(event_time)",
    }),
    stat({
      title: "Active findings",
      description: "Findings whose clear condition has not held yet.",
      sql: "SELECT count() AS findings FROM findings FINAL WHERE state = 'active' AND last_seen <= $__toTime",
    }),
    stat({
      title: "Vehicles with an active warning",
      description: "Vehicles with a finding of severity warning or critical.",
      sql: "SELECT uniqExact(vin) AS vehicles FROM findings FINAL WHERE state = 'active' AND severity IN ('warning', 'critical')",
    }),
    stat({
      title: "Median state of health",
      description: "Newest estimate per vehicle, vehicles without enough evidence left out.",
      unit: "percent",
      sql: `SELECT median(soh) AS soh_pct FROM (
  SELECT vin, argMax(soh_pct, at) AS soh FROM health FINAL WHERE verdict = 'ok' GROUP BY vin
)`,
    }),
    timeseries({
      title: "New findings per day by component",
      description: "A sudden rise in one component is a fleet matter, not a matter of single cars.",
      sql: `SELECT toStartOfDay(first_seen) AS time, component, count() AS findings
FROM findings FINAL WHERE $__timeFilter(first_seen)
GROUP BY time, component ORDER BY time`,
    }),
    timeseries({
      title: "Reports per day",
      description: "Reports landed, by payload format.",
      sql: `SELECT toStartOfDay(event_time) AS time, format, count() AS reports
FROM telemetry WHERE $__timeFilter(event_time)
GROUP BY time, format ORDER BY time`,
    }),
    table({
      title: "Active findings, most severe first",
      description: "The newest state of every finding.",
      sql: `SELECT vin, component, severity, source_id AS source, cell, first_seen, last_seen, sentence
FROM findings FINAL WHERE state = 'active'
ORDER BY severity DESC, last_seen DESC LIMIT 200`,
    }),
    table({
      title: "State of health per vehicle",
      description: "Newest estimate with its 80 % interval and accuracy class; lowest first.",
      sql: `SELECT vin, max(at) AS as_of, argMax(verdict, at) AS verdict, argMax(soh_pct, at) AS soh_pct,
  argMax(soh_low_pct, at) AS low_pct, argMax(soh_high_pct, at) AS high_pct,
  argMax(accuracy_class, at) AS class, argMax(sessions, at) AS sessions
FROM health FINAL GROUP BY vin ORDER BY soh_pct ASC NULLS LAST LIMIT 200`,
    }),
  ],
};
