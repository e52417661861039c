import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { BellwetherError } from "@bellwether/contracts/errors";
import { parseVin, type Vin } from "@bellwether/contracts/vin";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { parse as parseCsv } from "csv-parse";
import { loadRecordingMap, type RecordingMap } from "./map.ts";
import { createRowReader } from "./rows.ts";
import { type ByteSource, openBytes } from "./source.ts";

/** One row of a recording, ready for the log: keyed by VIN, sample JSON as value. */
export interface RecordedReport extends OutgoingRecord {
  /** For playing in event time; of a row whose time cannot be read, the time of the row before. */
  readonly eventTimeMs: number;
}

export interface RecordingStats {
  /** Rows read, and rows the map ignores. */
  readonly rows: number;
  readonly ignored: number;
  /** Cells that are neither numbers nor known to mean missing, by column; they are left out. */
  readonly unreadableCells: Readonly<Record<string, number>>;
  /** Rows in which no candidate offset fits a list, by signal; the list is left out. */
  readonly unfittedLists: Readonly<Record<string, number>>;
}

/** A recording being read. Iterating once reads it through with constant memory. */
export interface Recording extends AsyncIterable<RecordedReport> {
  readonly bytesTotal: number;
  /** Bytes of the file read so far, packed where the file is. */
  readonly bytesRead: number;
  stats(): RecordingStats;
}

/** A row longer than this is not a row. */
const ROW_BYTES_MAX = 4 * 1024 ** 2;

/**
 * Opens a CSV file (gzip by its name) with its map. Throws `input_unreadable` when a file is missing and `config_invalid`
 * when the map or the VIN is wrong. Iterating throws `input_unreadable` when the map names a column the file lacks, and
 * when the file ends early or breaks: then after the last good row.
 */
export async function openRecording({ file, mapFile, vin }: { file: string; mapFile: string; vin: string }): Promise<Recording> {
  const map = await loadRecordingMap(mapFile);
  const key = parseVin(vin);
  if (key === null) throw new BellwetherError("config_invalid", "expected a VIN of 1 to 32 letters, digits, _ or -", { retryable: false });
  const info = await stat(file).catch(() => undefined);
  if (info === undefined || !info.isFile()) throw unreadable(file, "expected a CSV file, got nothing readable under this name");
  const bytes = openBytes(file);
  const counts = createCounts();
  return {
    bytesTotal: info.size,
    get bytesRead() {
      return bytes.bytesRead;
    },
    stats: counts.stats,
    [Symbol.asyncIterator]: () => readReports({ file, map, vin: key, bytes, counts }),
  };
}

interface Reading {
  readonly file: string;
  readonly map: RecordingMap;
  readonly vin: Vin;
  readonly bytes: ByteSource;
  readonly counts: ReturnType<typeof createCounts>;
}

async function* readReports({ file, map, vin, bytes, counts }: Reading): AsyncGenerator<RecordedReport> {
  const rows = readCsv(bytes, map.delimiter, file);
  const header = await rows.next();
  if (header.done === true)
    throw unreadable(file, bytes.failure === undefined ? "expected a header line, got an empty file" : brokenBecause(bytes.failure));
  const read = createRowReader(
    map,
    header.value.map((column) => column.trim()),
    file,
    counts,
  );
  let eventTimeMs = 0;
  for await (const row of rows) {
    counts.row();
    const fields = read(row);
    if (fields === undefined) counts.ignored();
    else {
      eventTimeMs = fields.eventTimeMs ?? eventTimeMs;
      yield { key: vin, value: Buffer.from(JSON.stringify({ vin, ...fields.report })), eventTimeMs };
    }
  }
  if (bytes.failure !== undefined)
    throw unreadable(file, `${brokenBecause(bytes.failure)}; ${counts.stats().rows} rows before it are good`);
}

/** Rows of the file. When the file broke off, its last row is held back, because it may have been cut. */
async function* readCsv(bytes: ByteSource, delimiter: string, file: string): AsyncGenerator<readonly string[]> {
  const parser = Readable.from(bytes).pipe(
    parseCsv({
      delimiter,
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: ROW_BYTES_MAX,
    }),
  );
  const rows: AsyncIterable<readonly string[]> = parser;
  let held: readonly string[] | undefined;
  try {
    for await (const row of rows) {
      if (held !== undefined) yield held;
      held = row;
    }
  } catch (cause) {
    throw unreadable(file, `expected CSV, got: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (held !== undefined && bytes.failure === undefined) yield held;
}

function brokenBecause({ message }: Error): string {
  if (message === "unexpected end of file") return "expected a complete gzip file, got one that ends early";
  return message === "incorrect header check" ? "expected a gzip file, got something else" : `expected a whole file, got: ${message}`;
}

function unreadable(file: string, what: string, cause?: unknown): BellwetherError {
  return new BellwetherError("input_unreadable", `${file}: ${what}`, { retryable: false, cause });
}

function createCounts() {
  const totals = { rows: 0, ignored: 0 };
  const unreadableCells: Record<string, number> = {};
  const unfittedLists: Record<string, number> = {};
  return {
    row: () => totals.rows++,
    ignored: () => totals.ignored++,
    unreadable(column: string) {
      unreadableCells[column] = (unreadableCells[column] ?? 0) + 1;
    },
    unfitted(signal: string) {
      unfittedLists[signal] = (unfittedLists[signal] ?? 0) + 1;
    },
    stats: (): RecordingStats => ({ ...totals, unreadableCells: { ...unreadableCells }, unfittedLists: { ...unfittedLists } }),
  };
}
