import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { countColumn, isoColumn, toTimestamp } from "../rows.ts";

/** The record of every reading of somebody's name, address or wishes. Rows are never changed. */

export interface PersonalRead {
  readonly actor: string;
  readonly vin: string;
  readonly why: string;
}

/** Writes that somebody reads a person's data; before the data is read, so that a crash leaves no reading unrecorded. */
export async function recordPersonalRead(db: Queryable, { actor, vin, why }: PersonalRead, nowMs: number): Promise<void> {
  await db.execute("INSERT INTO personal_reads (actor, vin, why, at) VALUES ($1, $2, $3, $4)", [actor, vin, why, toTimestamp(nowMs)]);
}

const readRow = z.object({ seq: countColumn, actor: z.string(), vin: z.string(), why: z.string(), at: isoColumn });

/** Readings, latest first; of one vehicle or all. */
export function listPersonalReads(db: Queryable, { vin, before, limit }: { vin: string | null; before: number | null; limit: number }) {
  return db.query(
    `SELECT seq, actor, vin, why, at FROM personal_reads
     WHERE ($1::text IS NULL OR vin = $1) AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
    [vin, before, limit],
    readRow,
  );
}
