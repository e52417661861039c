/** Finds and reads the CSV files (plain or gzipped) of a folder by their columns, because held-out files have other names. */
import { basename } from "node:path";
import { pipeline } from "node:stream";
import { BellwetherError } from "@bellwether/contracts/errors";
import { type Options, parse } from "csv-parse";
import { z } from "zod";
import { delimiterOf, filesIn } from "./delimited.ts";
import { firstLineOf, tell, textOf } from "./recordedText.ts";

const rowSchema = z.record(z.string(), z.string());
const headerSchema = z.array(z.string());

/** Paths of the files of `folder` that have all `columns`, sorted. Throws `input_unreadable` without a folder. */
export async function filesWithColumns(folder: string, columns: readonly string[]): Promise<string[]> {
  const headers = await headersOf(folder);
  return headers.filter(({ header }) => columns.every((c) => header.includes(c))).map(({ path }) => path);
}

/** As `filesWithColumns`, but throws `input_unreadable`, naming what is missing, where no file has them all. */
export async function requireFiles(folder: string, columns: readonly string[]): Promise<string[]> {
  const found = await filesWithColumns(folder, columns);
  if (found.length > 0) return found;
  const candidates = (await headersOf(folder)).map(({ path, header }) => ({ path, missing: columns.filter((c) => !header.includes(c)) }));
  const [closest] = candidates.sort((a, b) => a.missing.length - b.missing.length);
  const detail =
    closest === undefined ? "it has no CSV file" : `${basename(closest.path)}, the closest, lacks: ${closest.missing.join(", ")}`;
  throw unreadable(`${folder}: expected a CSV file with the columns ${columns.join(", ")}; ${detail}`);
}

/**
 * The rows of a file as texts by column. A recording that was cut off is read as far as it goes, and lines of another length than
 * the header are left out; both are told on standard error. Throws `input_unreadable` where it is not CSV, or where more lines
 * are damaged than whole.
 */
export async function* readRows(path: string): AsyncIterable<Readonly<Record<string, string>>> {
  let rows = 0;
  const damage = { lines: 0 };
  try {
    for await (const row of await open(path, { columns: trimmed, skip_records_with_error: true, on_skip: () => void damage.lines++ })) {
      rows++;
      yield rowSchema.parse(row);
    }
  } catch (cause) {
    throw unreadable(`${path}: not readable as CSV: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (damage.lines > rows) throw unreadable(`${path}: not readable as CSV: ${damage.lines} damaged lines, ${rows} whole ones`);
  if (damage.lines > 0) tell(`${path}: ${damage.lines} damaged lines left out`);
}

/** The number in a cell; null where the cell or its column is missing or not a number. */
export function numberIn(row: Readonly<Record<string, string>>, column: string): number | null {
  const text = row[column]?.trim() ?? "";
  const parsed = Number(text);
  return text === "" || !Number.isFinite(parsed) ? null : parsed;
}

async function headersOf(folder: string): Promise<{ path: string; header: string[] }[]> {
  const files = await filesIn(folder, [".csv"]);
  return (await Promise.all(files.map(({ path }) => headerOf(path)))).flat();
}

/** None where the file is empty or something else than its name says: folders hold other things beside the data. */
async function headerOf(path: string): Promise<{ path: string; header: string[] }[]> {
  try {
    for await (const row of await open(path, { to: 1 })) return [{ path, header: trimmed(headerSchema.parse(row)) }];
  } catch (error) {
    tell(`${path}: left out, not readable as CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
  return [];
}

const trimmed = (header: readonly string[]): string[] => header.map((name) => name.trim());

async function open(path: string, options: Options) {
  const parser = parse({ bom: true, delimiter: delimiterOf(await firstLineOf(path)), skip_empty_lines: true, ...options });
  // Errors of any stage reach the reader of the parser; the callback only keeps them from being thrown a second time.
  return pipeline(textOf(path), parser, () => {});
}

function unreadable(message: string, cause?: unknown): BellwetherError {
  return new BellwetherError("input_unreadable", message, { retryable: false, cause });
}
