import { type Dashboard, DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { fleetDashboard } from "./fleet.ts";
import { ingestDashboard } from "./ingest.ts";
import { pipelineHealthDashboard } from "./pipelineHealth.ts";
import type { DashboardSpec } from "./registry.ts";

/** Every dashboard; a new one is one file and one line here. */
export const DASHBOARDS: readonly DashboardSpec[] = [fleetDashboard, pipelineHealthDashboard, ingestDashboard];

/** The Grafana model of a dashboard. */
export function buildDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(["bellwether"])
    .time({ from: "now-90d", to: "now" })
    .refresh("1m");
  for (const panel of spec.panels) builder.withPanel(panel.builder);
  return builder.build();
}

/** The SQL with Grafana's macros replaced by a fixed time range, as the data source would do it. */
export function expandMacros(sql: string, range: { fromMs: number; toMs: number }): string {
  const time = (ms: number) => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`;
  return sql
    .replace(
      /\$__timeFilter\(((?:[^()]|\([^()]*\))+)\)/g,
      (_all, column: string) => `(${column} >= ${time(range.fromMs)} AND ${column} <= ${time(range.toMs)})`,
    )
    .replaceAll("$__fromTime", time(range.fromMs))
    .replaceAll("$__toTime", time(range.toMs));
}
