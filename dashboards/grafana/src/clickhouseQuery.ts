import type * as cog from "@grafana/grafana-foundation-sdk/cog";

/** One query of the Grafana ClickHouse data source (plugin grafana-clickhouse-datasource, SQL editor). */
export interface ClickHouseQuery extends cog.Dataquery {
  readonly refId: string;
  readonly rawSql: string;
  readonly editorType: "sql";
  /** 0 time series, 1 table: the plugin's own numbering. */
  readonly format: 0 | 1;
  readonly queryType: "timeseries" | "table";
}

/** Builder the panel builders accept; the SDK has none for ClickHouse. */
export function clickHouseQuery(rawSql: string, shape: "timeseries" | "table"): cog.Builder<ClickHouseQuery> {
  return {
    build: () => ({
      refId: "A",
      rawSql: rawSql.trim(),
      editorType: "sql",
      format: shape === "timeseries" ? 0 : 1,
      queryType: shape,
      _implementsDataqueryVariant() {},
    }),
  };
}
