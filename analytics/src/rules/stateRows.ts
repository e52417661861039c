import type { CompiledRule } from "./compile.ts";

/** What a rule's overrides ask about a vehicle, one row per vehicle of `{vins}`. */
export const MASTER_DATA_SQL = `
  SELECT vin, argMax(model, revision) AS vehicle_model, argMax(chemistry, revision) AS vehicle_chemistry, argMax(region, revision) AS vehicle_market
  FROM vehicles WHERE vin IN {vins:Array(String)} GROUP BY vin`;

/** Which rows a scan looks at. `rowFilter` restricts by what has landed; every name in it is a telemetry column. */
export interface ScanScope {
  readonly rowFilter: string;
  /** Keep rows with `at_ms` greater than the vehicle's entry in `{froms}`; the look-back rows before it only feed windows. */
  readonly lookbackMs: number;
}

/**
 * SELECT of one line per telemetry row with the state of every rule, the base of the live scan, the evidence and the
 * count of what could not be judged. Bound parameters: `vins: Array(String)`, `froms: Array(Int64)` (ms, exclusive, same
 * order), `until: Int64` (ms, inclusive).
 *
 * The scan is by vehicle and time, not by offset, so that a window sees the rows before the batch and a late row can
 * make a vehicle's last day be judged again. A report that came twice (a producer's or a car's repetition) counts once:
 * the table drops its copies only when it merges, and two copies would pass for `for: 2 samples`. `transform` is a hash look-up per row. With `evidenceColumns` the lines also
 * carry those columns, the measures and the thresholds.
 */
export function stateRowsSql(rules: readonly CompiledRule[], scope: ScanScope, evidenceColumns: readonly string[] = []): string {
  const columns = columnsRead(rules, evidenceColumns);
  const measured = rules.flatMap((rule, i) => [`${rule.measureSql} AS measure_${i}`, `${rule.thresholdSql} AS threshold_${i}`]);
  const evidence = evidenceColumns.length === 0 ? [] : [...columns, ...measured];
  return `
    SELECT vin, at_ms, part, [${rules.map((rule) => rule.stateSql).join(",\n      ")}]::Array(UInt8) AS states
      ${evidence.map((sql) => `, ${sql}`).join("")}
    FROM (${stateRowsSource(rules, scope, evidenceColumns, "LIMIT 1 BY vin, event_time, part")})`;
}

/** The lines `stateRowsSql` judges (rules of one scan read the same source), with every column and window the rules read; `limit` says what becomes of copies. */
export function stateRowsSource(
  rules: readonly CompiledRule[],
  scope: ScanScope,
  evidenceColumns: readonly string[] = [],
  limit: "" | "LIMIT 1 BY vin, event_time, part" = "",
): string {
  const windows = new Map(rules.flatMap((rule) => [...rule.windows]));
  const columns = columnsRead(rules, evidenceColumns);
  const start = "transform(vin, {vins:Array(String)}, {froms:Array(Int64)}, toInt64(9000000000000000))";
  return `
    SELECT * FROM (
      SELECT vin, toUnixTimestamp64Milli(event_time) AS at_ms, toUInt32(event_time) AS at_s, part,
        vehicle_model, vehicle_chemistry, vehicle_market ${columns.map((c) => `, ${c}`).join("")}
        ${[...windows].map(([alias, sql]) => `, ${sql} AS ${alias}`).join("")}
      FROM ${rules[0]?.source.sql ?? "telemetry"} AS lines
      LEFT ANY JOIN (${MASTER_DATA_SQL}) AS master USING (vin)
      WHERE vin IN {vins:Array(String)}
        AND event_time > fromUnixTimestamp64Milli(arrayMin({froms:Array(Int64)}) - ${scope.lookbackMs}, 'UTC')
        AND event_time <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
        AND toUnixTimestamp64Milli(event_time) > ${start} - ${scope.lookbackMs}
        AND ${scope.rowFilter}
      ${limit}
    )
    WHERE at_ms > ${start}`;
}

function columnsRead(rules: readonly CompiledRule[], evidenceColumns: readonly string[]): readonly string[] {
  return [...new Set([...rules.flatMap((rule) => rule.columns), ...evidenceColumns])];
}
