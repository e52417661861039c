import { z } from "zod";
import { REJECTION_REASONS } from "./sample.ts";

/** What the pipeline says about itself: shared by ingest, which knows, the API, which passes on, and the command line, which shows. */

const count = z.number().int().nonnegative();
const instant = z.iso.datetime();

/** The account of one partition: records = landed + ignored + parked, no offset missing, none twice. */
export const partitionAccountSchema = z.object({
  topic: z.string(),
  partition: count,
  firstOffset: count.nullable(),
  lastOffset: count.nullable(),
  /** Records of the landed blocks: what went in. */
  records: count,
  landed: count,
  ignored: count,
  /** Rows of rejected_records, counted apart from the ledger. */
  parked: count,
  parkedByReason: z.record(z.string(), count),
  /** records - landed - ignored - parked; anything but 0 breaks the identity. */
  unaccounted: z.number().int(),
  /** Offsets between the first and the last landed block that no block covers. */
  gaps: count,
  /** Offsets that more than one landed block covers. */
  doubles: count,
  /** Offsets inside blocks that the log itself has no record for (compaction, transaction markers). */
  absent: count,
  /** Records of blocks whose insert was announced and is not confirmed. */
  pending: count,
  /** Reports (rows); a record with glued frames has several. */
  samples: count,
  /** Next offset the group reads, and records behind the end; null where the log was not asked. */
  committedOffset: count.nullable(),
  lag: count.nullable(),
});
export type PartitionAccount = z.infer<typeof partitionAccountSchema>;

/** Whether a partition's account is in order. */
export function isAccountSound({ unaccounted, gaps, doubles }: Pick<PartitionAccount, "unaccounted" | "gaps" | "doubles">): boolean {
  return unaccounted === 0 && gaps === 0 && doubles === 0;
}

export const deadLetterFilterSchema = z.object({
  reason: z.enum(REJECTION_REASONS).optional(),
  /** Last seen at or after this instant. */
  since: instant.optional(),
  /** `topic:partition:offset` of one letter. */
  origin: z
    .string()
    .regex(/^.+:\d+:\d+$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});
export type DeadLetterFilter = z.infer<typeof deadLetterFilterSchema>;

/** A parked record, known by where it first came from. */
export const deadLetterSchema = z.object({
  topic: z.string(),
  partition: count,
  offset: count,
  reason: z.enum(REJECTION_REASONS),
  detail: z.string(),
  key: z.string(),
  headers: z.record(z.string(), z.string()),
  firstSeenAt: instant,
  lastSeenAt: instant,
  /** Length of the record as it came. */
  bytes: count,
  /** The first bytes, as hex; empty where they are sealed and this process has no key. */
  hex: z.string(),
  isSealed: z.boolean(),
  /** Whether all of it was kept, so that it can be replayed. */
  isWhole: z.boolean(),
  /** How often it has been sent through the pipeline again. */
  replays: count,
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export const replayRequestSchema = deadLetterFilterSchema.extend({
  /** Sends letters again that have been replayed before. */
  again: z.boolean().default(false),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

/** What became of the letters a replay asked for. */
export const replayReportSchema = z.object({
  /** Sent now. */
  sent: count,
  /** Replayed before, and `again` was not given. */
  alreadyReplayed: count,
  /** Not kept whole, or sealed with a key this process does not have. */
  notReplayable: count,
  /** Claimed by a replay that was cut short; decided once ingest has caught up with the log. */
  inDoubt: count,
});
export type ReplayReport = z.infer<typeof replayReportSchema>;

/** What the API asks of the process that has the log and the store open. */
export interface PipelineOperations {
  account(): Promise<readonly PartitionAccount[]>;
  deadLetters(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  replay(request: ReplayRequest): Promise<ReplayReport>;
}
