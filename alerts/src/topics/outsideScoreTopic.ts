import { EARLIEST_MS, landScores, MODEL_NAME, type ModelScore } from "@bellwether/analytics/workbench/labels/scoresFile";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Rejection } from "@bellwether/contracts/sample";
import { TOPICS } from "@bellwether/contracts/topics";
import type { LogRecord, RecordBatch, RecordLog, Subscription } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { type RetryOptions, retry } from "@bellwether/runtime/retry";
import { z } from "zod";
import { knownVehicles } from "../workbench/labels.ts";
import { createTopicReader, issuesOf, parkRecord, readObject, rejected, type TopicReader } from "./recordBatches.ts";

/**
 * Scores of outside models by topic: one JSON object per vehicle and time. A batch lands in one insert and is committed after it,
 * so a crash writes it once more; the same score twice is one row, and what live rules told of it they do not tell again.
 */

const VALUE_BYTES_MAX = 4 * 1024;
/** About five minutes of trying before a database that stays away ends the service. */
const BATCH_RETRY = { attempts: 12, baseMs: 200, maxMs: 60_000 };

const scoreSchema = z.object({
  model: z.string().regex(MODEL_NAME, { error: "expected a name of up to 60 letters, digits, blanks, dots or hyphens" }),
  version: z.string().max(60).default(""),
  vin: z.string().trim().min(1).max(64),
  at: z.union([z.iso.date(), z.iso.datetime({ offset: true })], { error: "expected a day or a time with its zone" }),
  score: z.number(),
});

/** What a record says, or why it says nothing. */
export function readOutsideScore(value: Buffer | null, { nowMs }: { readonly nowMs: number }): { readonly score: ModelScore } | Rejection {
  const read = readObject(value, { bytesMax: VALUE_BYTES_MAX });
  if ("reason" in read) return read;
  const parsed = scoreSchema.safeParse(read.object);
  if (!parsed.success) return rejected("schema", issuesOf(parsed.error));
  const { at, ...score } = parsed.data;
  const atMs = Date.parse(at);
  if (atMs < EARLIEST_MS) return rejected("time_too_old", `at: expected a time from 2000 on, got ${at}`);
  if (atMs > nowMs) return rejected("time_in_future", `at: expected a time until now, got ${at}`);
  return { score: { ...score, atMs } };
}

interface ReaderDeps {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly group: string;
  readonly now: () => number;
  readonly random: () => number;
}

/** Reads the topic of outside scores. */
export function createOutsideScores({ log, store, logger, metrics, group, now, random }: ReaderDeps): TopicReader {
  const counted = metrics.counter({
    name: "bellwether_alerts_outside_scores_total",
    help: "Scores of outside models taken from the topic: landed or parked.",
    labels: ["result"],
  });
  const stopping = new AbortController();
  const policy: RetryOptions = { ...BATCH_RETRY, random, signal: stopping.signal };

  async function onBatch({ topic, partition, records }: RecordBatch, subscription: Subscription): Promise<void> {
    try {
      // Every try reads the clock: a live rule takes what was received since its last look, and must not look past this.
      const bad = await retry(() => landRecords(store, records, now()), policy);
      for (const { record, why } of bad) {
        logger.warn({ partition, offset: record.offset, ...why }, "outside score parked");
        await parkRecord(log, record, why);
      }
      counted.inc({ result: "landed" }, records.length - bad.length);
      counted.inc({ result: "parked" }, bad.length);
    } catch (error) {
      if (stopping.signal.aborted) return;
      throw error;
    }
    const last = records.at(-1);
    if (last !== undefined) await subscription.commit(topic, partition, last.offset + 1);
  }

  const reader = createTopicReader(log, { topic: TOPICS.outsideScores, group: `${group}-outside-scores`, onBatch });
  return {
    ...reader,
    async stop() {
      stopping.abort();
      await reader.stop();
    },
  };
}

interface BadRecord {
  readonly record: LogRecord;
  readonly why: Rejection;
}

/** Writes the scores among the records; returns the records that are none. */
async function landRecords(store: ColumnStore, records: readonly LogRecord[], nowMs: number): Promise<readonly BadRecord[]> {
  const read = records.map((record) => ({ record, said: record.unreadable ?? readOutsideScore(record.value, { nowMs }) }));
  const vins = read.flatMap(({ said }) => ("score" in said ? [said.score.vin] : []));
  const known = vins.length === 0 ? new Set<string>() : await knownVehicles(store, [...new Set(vins)]);
  const scores: ModelScore[] = [];
  const bad: BadRecord[] = [];
  for (const { record, said } of read) {
    if ("reason" in said) bad.push({ record, why: said });
    else if (known.has(said.score.vin)) scores.push(said.score);
    else bad.push({ record, why: rejected("bad_vin", "vin: not a vehicle of this fleet") });
  }
  await landScores(store, scores, { nowMs });
  return bad;
}
