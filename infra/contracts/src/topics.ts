/** The topics services meet on. Records are keyed by VIN, so one vehicle stays in order on one partition. */
export const TOPICS = {
  /** Vehicle payloads as the platform sends them; value = bytes in any known format. */
  frames: "bellwether.frames",
  /** Parked records: the raw bytes, with reason, detail and origin in headers. */
  deadLetters: "bellwether.dead-letters",
  /** Findings as JSON (findingSchema). */
  findings: "bellwether.findings",
  /** Workshop visits as JSON, one per record, in our words or in another system's with a mapping file. */
  repairOrders: "bellwether.repair-orders",
  /** Scores of models that run elsewhere, as JSON, one per record. */
  outsideScores: "bellwether.outside-scores",
} as const;

/** Headers of a dead letter: why it was parked and where it came from. */
export const DEAD_LETTER_HEADERS = {
  reason: "bw-reason",
  detail: "bw-detail",
  topic: "bw-topic",
  partition: "bw-partition",
  offset: "bw-offset",
  /** Present where the record was too large to be parked whole: its full length in bytes. */
  originalBytes: "bw-original-bytes",
  /** Number of the replay a record is part of; on records of the ingest topic, beside the origin. */
  attempt: "bw-attempt",
  /** Present where key and value are encrypted, because the fleet's data is stored pseudonymously. */
  sealed: "bw-sealed",
} as const;
