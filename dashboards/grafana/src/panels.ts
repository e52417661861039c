import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import { ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TablePanel } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesPanel } from "@grafana/grafana-foundation-sdk/timeseries";
import { clickHouseQuery } from "./clickhouseQuery.ts";

/** A panel as its dashboard declares it: the SQL is kept beside the builder so that tests can run it. */
export interface PanelSpec {
  readonly title: string;
  readonly sql: string;
  readonly builder: cog.Builder<Panel>;
}

interface PanelText {
  readonly title: string;
  readonly description: string;
  readonly sql: string;
  readonly unit?: string;
}

const DATASOURCE = { type: "grafana-clickhouse-datasource", uid: "bellwether-clickhouse" };
/** Grafana's grid has 24 columns: four stats, two charts, or one table to a row. */
const SIZE = { stat: { h: 4, w: 6 }, chart: { h: 8, w: 12 }, table: { h: 9, w: 24 } };

/** One number. */
export function stat(text: PanelText): PanelSpec {
  const builder = new StatPanel()
    .title(text.title)
    .description(text.description)
    .datasource(DATASOURCE)
    .height(SIZE.stat.h)
    .span(SIZE.stat.w)
    .unit(text.unit ?? "short")
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .withTarget(clickHouseQuery(text.sql, "table"));
  return { title: text.title, sql: text.sql, builder };
}

/** Series over time; the first column is the time, a text column names the series. */
export function timeseries(text: PanelText): PanelSpec {
  const builder = new TimeseriesPanel()
    .title(text.title)
    .description(text.description)
    .datasource(DATASOURCE)
    .height(SIZE.chart.h)
    .span(SIZE.chart.w)
    .unit(text.unit ?? "short")
    .fillOpacity(12)
    .lineWidth(2)
    .withTarget(clickHouseQuery(text.sql, "timeseries"));
  return { title: text.title, sql: text.sql, builder };
}

/** A list, most urgent first. */
export function table(text: PanelText): PanelSpec {
  const builder = new TablePanel()
    .title(text.title)
    .description(text.description)
    .datasource(DATASOURCE)
    .height(SIZE.table.h)
    .span(SIZE.table.w)
    .withTarget(clickHouseQuery(text.sql, "table"));
  return { title: text.title, sql: text.sql, builder };
}
