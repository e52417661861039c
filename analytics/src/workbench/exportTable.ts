import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { ColumnStore, ExportFormat } from "@bellwether/clickhouse/store";
import { z } from "zod";

/** Tables a data scientist works with, and the column their window is over. */
export const EXPORTED_TABLES = {
  findings: "first_seen",
  rule_firings: "known_at",
  labels: "at",
  daily_features: "day",
  cell_daily: "day",
  charging_sessions: "started_at",
  health: "at",
  forecasts: "at",
  data_quality: "week",
  peer_statistics: "day",
  not_evaluated: "day",
  outside_scores: "event_time",
} as const;
export type ExportedTable = keyof typeof EXPORTED_TABLES;

/** Whether a name is of a table that may be written. */
export function isExported(table: string): table is ExportedTable {
  return Object.hasOwn(EXPORTED_TABLES, table);
}

export interface Export {
  readonly table: ExportedTable;
  readonly fromMs: number;
  readonly toMs: number;
  /** Must not exist. */
  readonly file: string;
  readonly format: ExportFormat;
}

/** Seconds one export may take in the engine. */
const SECONDS_MAX = 3600;

/**
 * Writes a table's rows of `[fromMs, toMs)` in a format data tools read, newest state of each row, into the file. The embedded
 * engine writes it itself, a server may not write here and sends it. Returns the number of rows.
 */
export async function exportTable(store: ColumnStore, { table, fromMs, toMs, file, format }: Export): Promise<number> {
  const column = EXPORTED_TABLES[table];
  const params = { from: fromMs / 1000, to: toMs / 1000 };
  const settings = { max_execution_time: SECONDS_MAX };
  const rows = `FROM ${table} FINAL WHERE toUnixTimestamp(${column}) >= {from:Float64} AND toUnixTimestamp(${column}) < {to:Float64}`;
  // FINAL: an export is read as the truth, so replaced versions of a row must not be in it.
  const select = `SELECT * ${rows} ORDER BY ${column}`;
  if (store.kind === "embedded") {
    await store.command(`INSERT INTO FUNCTION file({file:String}, ${format}) ${select}`, { params: { ...params, file }, settings });
  } else {
    await pipeline(await store.download(select, format, { params, settings }), createWriteStream(file, { flags: "wx" }));
  }
  const [counted] = await store.query(`SELECT count() AS n ${rows}`, z.object({ n: z.number() }), { params, settings });
  return counted?.n ?? 0;
}
