import { REJECTION_REASONS } from "@bellwether/contracts/sample";
import { z } from "zod";

const time = z.iso.datetime();
const day = z.iso.date();
const count = z.number().int().nonnegative();
const vin = z.string();

/** What ingest writes beside readings: its account of offsets, dead letters, and how vehicles report. Part of `TABLES`. */
export const INGEST_TABLES = {
  rejected_records: z.object({
    log_topic: z.string(),
    log_partition: count,
    log_offset: count,
    reason: z.enum(REJECTION_REASONS),
    detail: z.string(),
    received_time: time,
    key: z.string(),
    raw_bytes: count,
    raw_base64: z.string(),
    key_base64: z.string(),
    headers: z.string(),
    is_sealed: z.boolean(),
    is_whole: z.boolean(),
    origin_topic: z.string(),
    origin_partition: count,
    origin_offset: count,
    attempt: count,
  }),
  dead_letter_replays: z.object({
    origin_topic: z.string(),
    origin_partition: count,
    origin_offset: count,
    attempt: count,
    state: z.enum(["claimed", "sent", "arrived"]),
    at: time,
  }),
  ingest_rollup: z.object({
    log_topic: z.string(),
    log_partition: count,
    first_offset: count,
    last_offset: count,
    minute: time,
    format: z.string(),
    reports: count,
    reissued: count,
    lateness_s: z.number(),
  }),
  ingest_epochs: z.object({ log_topic: z.string(), log_partition: count, epoch: count, owner: z.string(), claimed_at: time }),
  ingest_ledger: z.object({
    log_topic: z.string(),
    log_partition: count,
    first_offset: count,
    last_offset: count,
    state: z.enum(["pending", "landed"]),
    records: count,
    samples: count,
    ignored: count,
    rejected: count,
    min_event_time: time.nullable(),
    max_event_time: time.nullable(),
    recorded_at: time,
    landed: count,
  }),
  report_scores: z.object({
    vin,
    day,
    reports: count,
    reissued: count,
    interval_s: z.number(),
    gaps: count,
    gap_s: z.number(),
    longest_gap_s: z.number(),
    lateness_p50_s: z.number(),
    lateness_max_s: z.number(),
    out_of_order: count,
    computed_at: time,
  }),
} as const;
