import type { Queryable } from "@bellwether/postgres/open";
import { toTimestamp } from "../rows.ts";

/** What comes back about a message after the provider has taken it. */

export const RECEIPT_KINDS = ["delivered", "opened", "clicked", "failed"] as const;
export type ReceiptKind = (typeof RECEIPT_KINDS)[number];

export interface Receipt {
  /** The reporter's own id; the same report twice is one. */
  readonly id: string;
  readonly notificationId: string;
  readonly kind: ReceiptKind;
  readonly atMs: number;
}

/** Keeps a receipt; `unknown` when there is no such message. */
export async function recordReceipt(
  db: Queryable,
  { id, notificationId, kind, atMs }: Receipt,
  nowMs: number,
): Promise<"kept" | "known" | "unknown"> {
  const kept = await db.execute(
    `INSERT INTO receipts (id, notification_id, kind, at, received_at)
     SELECT $1, id, $3, $4, $5 FROM notifications WHERE id = $2 ON CONFLICT (id) DO NOTHING`,
    [id, notificationId, kind, toTimestamp(atMs), toTimestamp(nowMs)],
  );
  if (kept > 0) return "kept";
  const known = await db.execute("SELECT 1 FROM notifications WHERE id = $1", [notificationId]);
  return known > 0 ? "known" : "unknown";
}
