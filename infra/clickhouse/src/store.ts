import type { Readable } from "node:stream";
import type { z } from "zod";

/** Options of one statement. Settings apply to this statement only. */
export interface StatementOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Of a query: the engine ends it when this fires, and the query rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface InsertOptions {
  /** Deduplication token: the same token twice stores the block once. Always required (performance notes: a block without one may be dropped). */
  readonly token: string;
  /** Of this statement only. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export type ExportFormat = "Parquet" | "Arrow";

/** A block's bytes, or pieces of them in order; they must not change before the insert is answered. */
export type NativeBlock = Uint8Array | readonly Uint8Array[];

/**
 * The column store behind one port: a ClickHouse server over HTTP, or chDB in the process.
 * Every failure is a BellwetherError: `store_unavailable` (retryable) or `store_rejected` (not).
 */
export interface ColumnStore {
  readonly kind: "embedded" | "server";
  /** Present where the tables are replicated over a cluster. */
  readonly cluster?: string;
  /** Rows of a SELECT, each checked against `row`. Bind values as `{name: Type}`, never by concatenation. */
  query<T>(sql: string, row: z.ZodType<T>, options?: StatementOptions): Promise<T[]>;
  /** The result of a SELECT as the bytes of one of the formats data tools read; a server sends it as it comes. */
  download(sql: string, format: ExportFormat, options?: StatementOptions): Promise<Readable>;
  /** A statement without a result: DDL, INSERT ... SELECT. */
  command(sql: string, options?: StatementOptions): Promise<void>;
  /** Inserts objects as JSONEachRow; for small volumes (findings, ledger, features). */
  insertRows(table: string, rows: readonly object[], options: InsertOptions): Promise<void>;
  /** Inserts one block already encoded in ClickHouse's Native format, whole or in pieces; `columns` in the block's order. */
  insertNative(table: string, columns: readonly string[], block: NativeBlock, options: InsertOptions): Promise<void>;
  version(): Promise<string>;
  close(): Promise<void>;
}
