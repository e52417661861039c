import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { toTimestamp } from "../rows.ts";

/** Free notes of workshops about a vehicle: the only text of people that ClickHouse holds. */

const LABELS_MAX = 10_000;
const WRITERS_POLL_MS = 50;
const WRITERS_MS_MAX = 5000;
const countRow = z.object({ n: z.number() });

/**
 * Empties the notes of a vehicle's labels, in every version of them, and returns how many rows had one. Done on every replica
 * when it returns; ClickHouse removes the replaced files some minutes later.
 */
export async function eraseLabelNotes(store: ColumnStore, vin: string): Promise<number> {
  const params = { vin };
  const [row] = await store.query("SELECT count() AS n FROM labels WHERE vin = {vin: String} AND note <> ''", countRow, { params });
  const found = row?.n ?? 0;
  if (found === 0) return 0;
  const settings = { mutations_sync: 2 };
  await store.command("ALTER TABLE labels UPDATE note = '' WHERE vin = {vin: String} AND note <> ''", { params, settings });
  return found;
}

/**
 * Waits until no sender is writing a label of the vehicle that it took with its note still in it. A sender that died with one
 * never writes it: the row is taken again, without the note.
 */
export async function untilLabelsWritten(
  db: Queryable,
  vin: string,
  { now, sleep }: { readonly now: () => number; readonly sleep: (ms: number) => Promise<void> },
): Promise<void> {
  const deadlineMs = now() + WRITERS_MS_MAX;
  const isWritten = async () =>
    (
      await db.query(
        "SELECT 1 AS one FROM outbox WHERE kind = 'label' AND state = 'due' AND payload ->> 'vin' = $1 AND leased_until > $2 LIMIT 1",
        [vin, toTimestamp(now())],
        z.unknown(),
      )
    ).length === 0;
  while (!(await isWritten()) && now() < deadlineMs) await sleep(WRITERS_POLL_MS);
}

/** A vehicle's labels as they stand. */
export function listLabelsOf(store: ColumnStore, vin: string) {
  return store.query(
    // FINAL: a corrected label replaces the earlier one.
    `SELECT id, vin, component, outcome, alert_id, source_id, given_by, at, note, revision FROM labels FINAL WHERE vin = {vin: String}
     ORDER BY at, id LIMIT ${LABELS_MAX}`,
    TABLES.labels,
    { params: { vin } },
  );
}
