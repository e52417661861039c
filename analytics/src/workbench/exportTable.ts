import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";

/** Tables a data scientist works with, and the column their window is over. */
export const EXPORTED_TABLES: Readonly<Record<string, string>> = {
  findings: "first_seen",
  rule_firings: "known_at",
  labels: "at",
  cell_daily: "day",
  charging_sessions: "started_at",
  health: "at",
  not_evaluated: "day",
  outside_scores: "event_time",
};

/**
 * Writes a table's rows of `[fromMs, toMs)` in a format data tools read, newest state of each row, from the database itself into the file.
 * The file must not exist. Returns the number of rows.
 */
export async function exportTable(
  store: ColumnStore,
  { table, fromMs, toMs, file, format }: { table: string; fromMs: number; toMs: number; file: string; format: "Parquet" | "Arrow" },
): Promise<number> {
  const column = EXPORTED_TABLES[table];
  if (column === undefined) return 0;
  const params = { from: fromMs / 1000, to: toMs / 1000 };
  const rows = `FROM ${table} FINAL WHERE toUnixTimestamp(${column}) >= {from:Float64} AND toUnixTimestamp(${column}) < {to:Float64}`;
  // FINAL: an export is read as the truth, so replaced versions of a row must not be in it.
  await store.command(`INSERT INTO FUNCTION file({file:String}, ${format}) SELECT * ${rows} ORDER BY ${column}`, {
    params: { ...params, file },
  });
  const [counted] = await store.query(`SELECT count() AS n ${rows}`, z.object({ n: z.number() }), { params });
  return counted?.n ?? 0;
}
