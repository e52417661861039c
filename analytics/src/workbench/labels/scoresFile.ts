import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { hashOf } from "../../hash.ts";
import { type NumberedRecord, readCsvRecords } from "./csvRecords.ts";

/** One score of a model that runs elsewhere. */
export interface OutsideScore {
  readonly vin: string;
  readonly atMs: number;
  readonly score: number;
}

export interface ScoresRead {
  readonly scores: readonly OutsideScore[];
  /** `line N: what is wrong`, one per row that was left out. */
  readonly problems: readonly string[];
}

export interface ScoreChecks {
  /** No score is later than this. */
  readonly nowMs: number;
  readonly isKnown?: (vin: string) => boolean;
}

/** What a model may be called. */
export const MODEL_NAME = /^[\w .-]{1,60}$/;

/** No score is earlier than this. */
export const EARLIEST_MS = Date.parse("2000-01-01T00:00:00Z");
const ROWS_PER_INSERT = 50_000;
const rowSchema = z.object({
  vin: z.string().trim().min(1),
  at: z.union([z.iso.date(), z.iso.datetime({ offset: true })], { error: "expected a day or a time with its zone" }),
  score: z
    .string()
    .refine((text) => text.trim() !== "" && Number.isFinite(Number(text)), { error: "expected a number" })
    .transform(Number),
});

/** Scores from CSV text with the columns vin, at and score. Good rows count, bad ones are listed. */
export function readScoresCsv(text: string, checks: ScoreChecks): ScoresRead {
  const records = readCsvRecords(text);
  return records === null
    ? { scores: [], problems: ["line 1: expected CSV with the columns vin, at, score"] }
    : readScoreRecords(records, checks);
}

/** The same of rows that are no CSV. */
export function readScoreRecords(records: readonly NumberedRecord[], { nowMs, isKnown = () => true }: ScoreChecks): ScoresRead {
  const scores: OutsideScore[] = [];
  const problems: string[] = [];
  for (const { record, line } of records) {
    const row = rowSchema.safeParse(record);
    if (!row.success) {
      problems.push(`line ${line}: ${row.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`);
      continue;
    }
    const { vin, at, score } = row.data;
    const atMs = Date.parse(at);
    // The time first: callers ask which vehicles are known of rows that are otherwise good.
    if (atMs < EARLIEST_MS || atMs > nowMs) problems.push(`line ${line}: at: expected a time from 2000 until now, got ${at}`);
    else if (!isKnown(vin)) problems.push(`line ${line}: vin: ${vin} is not a vehicle of this fleet`);
    else scores.push({ vin, atMs, score });
  }
  return { scores, problems };
}

/** A score and whose it is. */
export interface ModelScore extends OutsideScore {
  readonly model: string;
  readonly version: string;
}

/**
 * Writes scores, received now: live and shadow rules over their models judge them within seconds. A score of the same model,
 * vehicle and time replaces the earlier one.
 */
export async function landScores(store: ColumnStore, scores: readonly ModelScore[], { nowMs }: { readonly nowMs: number }): Promise<void> {
  const received_time = new Date(nowMs).toISOString();
  for (let from = 0; from < scores.length; from += ROWS_PER_INSERT) {
    const rows = scores.slice(from, from + ROWS_PER_INSERT).map(({ model, version, vin, atMs, score }) => ({
      ...{ model, vin, event_time: new Date(atMs).toISOString(), score, model_version: version, received_time },
    }));
    await store.insertRows("outside_scores", rows, { token: `scores-${hashOf(rows)}` });
  }
}

const modelRow = z.object({
  model: z.string(),
  scores: z.number(),
  vehicles: z.number(),
  versions: z.array(z.string()),
  firstAt: z.string(),
  lastAt: z.string(),
  receivedAt: z.string(),
});

/** The models that have sent scores. */
export function listModels(store: ColumnStore) {
  return store.query(
    // FINAL: a corrected score counts once; scores are few.
    `SELECT model, count() AS scores, uniqExact(vin) AS vehicles, arraySort(groupUniqArray(10)(model_version)) AS versions,
       min(event_time) AS firstAt, max(event_time) AS lastAt, max(received_time) AS receivedAt
     FROM outside_scores FINAL GROUP BY model ORDER BY model`,
    modelRow,
  );
}
