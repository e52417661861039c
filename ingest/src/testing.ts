import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openEmbeddedLog } from "@bellwether/runtime/log/embedded";
import type { OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics, type Metrics } from "@bellwether/runtime/metrics";
import { type IngestConfig, ingestConfigSchema } from "./config.ts";
import { createIngest, type Ingest } from "./service.ts";

/** An embedded log in a temporary directory, for the time of `work`. */
export async function withTestLog<T>(work: (log: RecordLog) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-log-"));
  const log = await openEmbeddedLog({ dir });
  try {
    return await work(log);
  } finally {
    await log.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** An ingest service that gives up at the first failure and says nothing, unless told otherwise. */
export function testIngest(
  { log, store, metrics = createMetrics() }: { log: RecordLog; store: ColumnStore; metrics?: Metrics },
  overrides: Partial<IngestConfig>,
): Ingest {
  const config = { ...ingestConfigSchema.parse({}), ingestRetryAttempts: 1, ...overrides };
  return createIngest({ log, store, config, logger: createLogger({ service: "ingest-test", level: "silent" }), metrics, now: Date.now });
}

/** A report in our own JSON, keyed by its vehicle. */
export function jsonRecord(vin: string, fields: Readonly<Record<string, unknown>>): OutgoingRecord {
  return { key: vin, value: Buffer.from(JSON.stringify({ vin, ...fields })) };
}

/** A store whose calls go through `around` first; it may wait, throw, or run the call. */
export function interceptedStore(
  store: ColumnStore,
  around: (table: string, run: () => Promise<void>, rows: number) => Promise<void>,
): ColumnStore {
  return {
    kind: store.kind,
    query: (sql, row, options) => store.query(sql, row, options),
    download: (sql, format, options) => store.download(sql, format, options),
    command: (sql, options) => store.command(sql, options),
    insertRows: (table, rows, options) =>
      rows.length === 0 ? Promise.resolve() : around(table, () => store.insertRows(table, rows, options), rows.length),
    insertNative: (table, columns, block, options) => around(table, () => store.insertNative(table, columns, block, options), 1),
    version: () => store.version(),
    close: () => store.close(),
  };
}

/** A promise somebody else opens. */
export function createGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
