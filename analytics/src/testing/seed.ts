import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TOPICS } from "@bellwether/contracts/topics";

/** A telemetry row for tests: column names as in the table, missing columns are NULL. */
export interface SeedRow {
  readonly vin: string;
  readonly atMs: number;
  readonly [column: string]: unknown;
}

export interface Seeder {
  /** Lands rows as ingest does: consecutive offsets of one partition and one ledger line. */
  land(rows: readonly SeedRow[], options?: { readonly state?: "landed" | "pending" }): Promise<void>;
  /** Lands reports of trouble codes alone, rows of `dtc_events`. */
  landCodes(rows: readonly SeedRow[]): Promise<void>;
}

/** Writes rows and ledger lines the way ingest leaves them. */
export function createSeeder(store: ColumnStore, partition = 0): Seeder {
  let offset = 0;

  async function landInto(table: "telemetry" | "dtc_events", rows: readonly SeedRow[], state: string): Promise<void> {
    if (rows.length === 0) return;
    const first = offset;
    const lines = rows.map(({ vin, atMs, ...columns }) => ({
      ...(table === "telemetry" ? { part: 0, format: "sample-json" } : {}),
      ...columns,
      vin,
      event_time: new Date(atMs).toISOString(),
      received_time: new Date(atMs).toISOString(),
      log_topic: TOPICS.frames,
      log_partition: partition,
      log_offset: offset++,
    }));
    await store.insertRows(table, lines, { token: `t-${partition}-${first}-${offset}` });
    await store.insertRows("ingest_ledger", [ledgerLine(rows, { partition, first, last: offset - 1, state })], {
      token: `l-${partition}-${first}-${offset}-${state}`,
    });
  }

  return {
    land: (rows, { state = "landed" } = {}) => landInto("telemetry", rows, state),
    landCodes: (rows) => landInto("dtc_events", rows, "landed"),
  };
}

function ledgerLine(rows: readonly SeedRow[], at: { partition: number; first: number; last: number; state: string }): object {
  const times = rows.map((row) => row.atMs);
  return {
    log_topic: TOPICS.frames,
    log_partition: at.partition,
    first_offset: at.first,
    last_offset: at.last,
    state: at.state,
    records: rows.length,
    samples: rows.length,
    ignored: 0,
    rejected: 0,
    min_event_time: new Date(Math.min(...times)).toISOString(),
    max_event_time: new Date(Math.max(...times)).toISOString(),
    recorded_at: new Date(0).toISOString(),
  };
}
