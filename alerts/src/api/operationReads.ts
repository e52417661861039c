import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import { z } from "zod";

/** What the API reads from ClickHouse about the pipeline itself: ledger, rejected records, labels. */

const count = z.number();
const time = z.iso.datetime();

const ingestRow = z.object({ records: count, samples: count, ignored: count, rejected: count, lastRecordedAt: time.nullable() });

/** Totals of the ledger's landed blocks. */
export async function readIngest(store: ColumnStore) {
  const rows = await store.query(
    // FINAL: pending and landed are two states of one block; only the landed one counts.
    `SELECT sum(records) AS records, sum(samples) AS samples, sum(ignored) AS ignored, sum(rejected) AS rejected,
       maxOrNull(recorded_at) AS lastRecordedAt
     FROM (SELECT records, samples, ignored, rejected, recorded_at, state FROM ingest_ledger FINAL) WHERE state = 'landed'`,
    ingestRow,
  );
  return rows[0] ?? { records: 0, samples: 0, ignored: 0, rejected: 0, lastRecordedAt: null };
}

const fleetRow = z.object({
  vehicles: count,
  vehiclesLastDay: count,
  reports: count,
  firstEventAt: time.nullable(),
  lastEventAt: time.nullable(),
});

export async function readFleet(store: ColumnStore) {
  const rows = await store.query(
    `SELECT count() AS vehicles, countIf(last > max_last - INTERVAL 1 DAY) AS vehiclesLastDay, sum(n) AS reports,
       minOrNull(first) AS firstEventAt, maxOrNull(last) AS lastEventAt
     FROM (SELECT count() AS n, min(event_time) AS first, max(event_time) AS last, max(last) OVER () AS max_last FROM telemetry GROUP BY vin)`,
    fleetRow,
  );
  return rows[0] ?? { vehicles: 0, vehiclesLastDay: 0, reports: 0, firstEventAt: null, lastEventAt: null };
}

/** Newest blocks of the ledger. */
export async function listLedger(store: ColumnStore, limit: number) {
  const rows = await store.query(
    // FINAL: a block that has landed must not show as pending too.
    `SELECT log_topic, log_partition, first_offset, last_offset, state, records, samples, ignored, rejected, min_event_time,
       max_event_time, recorded_at
     FROM ingest_ledger FINAL ORDER BY recorded_at DESC, log_partition, first_offset DESC LIMIT {limit: UInt32}`,
    TABLES.ingest_ledger.omit({ landed: true }),
    { params: { limit } },
  );
  return rows.map((row) => ({
    topic: row.log_topic,
    partition: row.log_partition,
    firstOffset: row.first_offset,
    lastOffset: row.last_offset,
    state: row.state,
    records: row.records,
    samples: row.samples,
    ignored: row.ignored,
    rejected: row.rejected,
    minEventAt: row.min_event_time,
    maxEventAt: row.max_event_time,
    recordedAt: row.recorded_at,
  }));
}

const rejectedRow = TABLES.rejected_records.pick({
  log_topic: true,
  log_partition: true,
  log_offset: true,
  reason: true,
  detail: true,
  key: true,
  raw_bytes: true,
  received_time: true,
});
const reasonRow = z.object({ reason: z.string(), records: count, bytes: count, lastAt: time });

/** Parked records: counts by reason and the newest of them. */
export async function readRejected(store: ColumnStore, limit: number) {
  const [byReason, latest] = await Promise.all([
    store.query(
      // FINAL: a record parked again after a crash is one record.
      `SELECT reason, count() AS records, sum(raw_bytes) AS bytes, max(received_time) AS lastAt FROM rejected_records FINAL
       GROUP BY reason ORDER BY records DESC, reason`,
      reasonRow,
    ),
    store.query(
      // FINAL: as above.
      `SELECT log_topic, log_partition, log_offset, reason, detail, key, raw_bytes, received_time FROM rejected_records FINAL
       ORDER BY received_time DESC, log_partition, log_offset DESC LIMIT {limit: UInt32}`,
      rejectedRow,
      { params: { limit } },
    ),
  ]);
  return {
    total: byReason.reduce((sum, { records }) => sum + records, 0),
    byReason,
    latest: latest.map((row) => ({
      topic: row.log_topic,
      partition: row.log_partition,
      offset: row.log_offset,
      reason: row.reason,
      detail: row.detail,
      key: row.key,
      bytes: row.raw_bytes,
      at: row.received_time,
    })),
  };
}

export interface LabelFilter {
  readonly vin?: string | undefined;
  readonly source?: string | undefined;
  /** Position after the last item: at, id. */
  readonly after?: readonly string[] | null;
  readonly limit: number;
}

/** Labels, newest first. */
export async function listLabels(store: ColumnStore, { vin = "", source = "", after = null, limit }: LabelFilter) {
  const [afterTime = "", afterId = ""] = after ?? [];
  const rows = await store.query(
    // FINAL: a corrected label replaces the earlier one; labels are few.
    `SELECT id, vin, component, outcome, alert_id, source_id, given_by, at, note FROM labels FINAL
     WHERE ({vin: String} = '' OR vin = {vin: String}) AND ({source: String} = '' OR source_id = {source: String})
       AND ({afterTime: String} = '' OR (at, id) < (parseDateTime64BestEffortOrZero({afterTime: String}, 3, 'UTC'), {afterId: String}))
     ORDER BY at DESC, id DESC LIMIT {limit: UInt32}`,
    TABLES.labels.omit({ revision: true }),
    { params: { vin, source, afterTime, afterId, limit } },
  );
  return rows.map(({ alert_id, source_id, given_by, ...rest }) => ({
    ...rest,
    alertId: alert_id,
    sourceId: source_id,
    givenBy: given_by,
  }));
}
