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
}

/** Writes telemetry and ledger rows the way ingest leaves them. */
export function createSeeder(store: ColumnStore, partition = 0): Seeder {
  let offset = 0;
  return {
    async land(rows, { state = "landed" } = {}) {
      if (rows.length === 0) return;
      const first = offset;
      const lines = rows.map(({ vin, atMs, ...columns }) => ({
        part: 0,
        ...columns,
        vin,
        event_time: new Date(atMs).toISOString(),
        received_time: new Date(atMs).toISOString(),
        format: "sample-json",
        log_topic: TOPICS.frames,
        log_partition: partition,
        log_offset: offset++,
      }));
      await store.insertRows("telemetry", lines, { token: `t-${partition}-${first}-${offset}` });
      await store.insertRows("ingest_ledger", [ledgerLine(rows, { partition, first, last: offset - 1, state })], {
        token: `l-${partition}-${first}-${offset}-${state}`,
      });
    },
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
