import type { Component } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { msColumn, toTimestamp } from "../rows.ts";
import { type Slot, suggestWindows, type Window } from "./appointmentWindows.ts";

/** A workshop's calendar as its system reports it, and what is left of it. */

export interface CalendarSlot {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly bays: number;
  readonly technicians: number;
  /** How many of them are trained for a component; absent: not told. */
  readonly trained?: Partial<Readonly<Record<Component, number>>> | undefined;
}

/** Replaces the slots of a dealer that begin within the span of the given ones. */
export async function saveCalendar(tx: Queryable, dealerId: string, slots: readonly CalendarSlot[]): Promise<void> {
  const starts = slots.map(({ startsAtMs }) => startsAtMs);
  if (starts.length === 0) return;
  await tx.execute("DELETE FROM dealer_slots WHERE dealer_id = $1 AND starts_at BETWEEN $2 AND $3", [
    dealerId,
    toTimestamp(Math.min(...starts)),
    toTimestamp(Math.max(...starts)),
  ]);
  await tx.execute(
    `INSERT INTO dealer_slots (dealer_id, starts_at, ends_at, bays, technicians, trained)
     SELECT $1, s.starts_at, s.ends_at, s.bays, s.technicians, s.trained
     FROM unnest($2::timestamptz[], $3::timestamptz[], $4::int[], $5::int[], $6::jsonb[]) AS s (starts_at, ends_at, bays, technicians, trained)`,
    [
      dealerId,
      slots.map(({ startsAtMs }) => toTimestamp(startsAtMs)),
      slots.map(({ endsAtMs }) => toTimestamp(endsAtMs)),
      slots.map(({ bays }) => bays),
      slots.map(({ technicians }) => technicians),
      slots.map(({ trained }) => (trained === undefined ? null : JSON.stringify(trained))),
    ],
  );
}

const slotRow = z.object({
  startsAtMs: msColumn,
  endsAtMs: msColumn,
  bays: z.number(),
  technicians: z.number(),
  booked: z.number(),
  trained: z.number().nullable(),
  bookedAlike: z.number(),
});
const DAY_MS = 86_400_000;
const WINDOWS = 3;
/** How far beyond the act-by date is looked when nothing is free before it. */
const LATE_DAYS = 14;

/** Windows a dealer could offer for a lead; empty where the dealer reports no calendar. */
export async function findWindows(
  db: Queryable,
  dealerId: string | null,
  lead: { readonly component: Component; readonly actByMs: number; readonly labourHours: number | null },
  nowMs: number,
): Promise<readonly Window[]> {
  if (dealerId === null) return [];
  const untilMs = Math.max(lead.actByMs, nowMs) + LATE_DAYS * DAY_MS;
  const slots: readonly Slot[] = await db.query(
    `SELECT s.starts_at AS "startsAtMs", s.ends_at AS "endsAtMs", s.bays, s.technicians, b.booked, b.alike AS "bookedAlike",
       CASE WHEN s.trained IS NOT NULL THEN coalesce((s.trained ->> $4)::int, 0) END AS trained
     FROM dealer_slots s CROSS JOIN LATERAL (
       SELECT count(*)::int AS booked, (count(*) FILTER (WHERE l.component = $4))::int AS alike FROM leads l
       WHERE l.dealer_id = s.dealer_id AND l.state <> 'closed' AND l.booked_for >= s.starts_at AND l.booked_for < s.ends_at) b
     WHERE s.dealer_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 ORDER BY s.starts_at LIMIT 1000`,
    [dealerId, toTimestamp(nowMs), toTimestamp(untilMs), lead.component],
    slotRow,
  );
  return suggestWindows(slots, { fromMs: nowMs, count: WINDOWS, ...lead });
}
