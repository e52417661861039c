import { TOPICS } from "@bellwether/contracts/topics";
import { byteSize, count, durationMs, flag, secret } from "@bellwether/runtime/configFields";
import { z } from "zod";
import { decodeConfigFields } from "./decode/decodeConfig.ts";

/** More rows in one insert block would be cut by ClickHouse into two parts, which are not stored atomically (performance notes, 4). */
export const BLOCK_ROWS_LIMIT = 65_409;

/** Configuration of the ingest service; every field has a default that suits the embedded mode. */
export const ingestConfigSchema = z.object({
  ingestTopic: z.string().min(1).default(TOPICS.frames).describe("topic the vehicle payloads arrive on"),
  ingestPartitions: count({ min: 1, max: 1024 }).default(4).describe("partitions of the topic when ingest has to create it"),
  ingestGroup: z.string().min(1).default("bellwether-ingest").describe("consumer group"),
  ingestBlockRows: count({ min: 1, max: BLOCK_ROWS_LIMIT }).default(40_000).describe("rows of one insert block"),
  ingestBlockBytes: byteSize({ min: 1 })
    .default(64 * 1024 ** 2)
    .describe("payload bytes of one insert block"),
  ingestBlockAge: durationMs({ min: 1 }).default(250).describe("longest a record waits for its block to fill"),
  ingestRowsHeld: count({ min: 1 }).default(100_000).describe("rows held in memory over all partitions before blocks close early"),
  ingestRecordBytesMax: byteSize({ min: 1 })
    .default(1024 ** 2)
    .describe("records above this size are parked unread"),
  ingestDeadLetterBytesMax: byteSize({ min: 1 }).default(900_000).describe("raw bytes kept in a dead letter; brokers refuse about 1 MB"),
  ingestVinMode: z
    .enum(["plain", "pseudonym"])
    .default("plain")
    .describe("whether VINs are stored as they are or as a keyed hash; dead letters are encrypted with `pseudonym`"),
  ingestPosition: z
    .enum(["keep", "round", "drop"])
    .default("keep")
    .describe("what is stored of positions; dead letters are encrypted unless `keep`"),
  ingestPositionDecimals: count({ min: 0, max: 6 })
    .default(2)
    .describe("decimals of a degree kept with INGEST_POSITION=round; 2 is about 1 km"),
  ingestPrivacySecret: secret()
    .optional()
    .describe("at least 16 characters; pseudonyms and encrypted dead letters come from it, and whoever has it can undo both"),
  ingestDrainBudget: durationMs({ min: 1 })
    .default(20_000)
    .describe("longest a stop or a revoked partition waits for open blocks to land; what has not is delivered again"),
  ingestScoresEvery: durationMs({ min: 1 })
    .default(600_000)
    .describe("how often gap and lateness scores of vehicles that reported are written"),
  ingestLedgerKeep: durationMs({ min: 1, max: 3660 * 86_400_000 })
    .default(30 * 86_400_000)
    .describe("how long the ledger keeps ranges; longer than the log keeps records, which are known by it when they are read again"),
  ingestAccountEvery: durationMs({ min: 1 })
    .default(300_000)
    .describe("how often the account of the last day's offsets is exported as metrics"),
  ...decodeConfigFields,
  ingestFutureMax: durationMs().default(300_000).describe("how far a vehicle's clock may be ahead of the record's time"),
  ingestAgeMax: durationMs({ max: 100 * 366 * 86_400_000 })
    .optional()
    .describe("oldest event time accepted, counted from the record's time; absent: any"),
  ingestKeyRequired: flag().default(true).describe("whether a record without a key is parked (its VIN cannot be checked)"),
  ingestRetryAttempts: count({ min: 1, max: 100 }).default(8).describe("tries of one stage before the service gives up"),
});

export type IngestConfig = z.infer<typeof ingestConfigSchema>;
