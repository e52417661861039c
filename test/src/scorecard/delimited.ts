/** Files in sub-folders, and files with one reading of their own or no header: what `tables.ts` does not read. */
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream";
import { BellwetherError } from "@bellwether/contracts/errors";
import { parse } from "csv-parse";
import { z } from "zod";
import { firstLineOf, textOf } from "./recordedText.ts";

const fieldsSchema = z.array(z.string());
/** In the order in which they win where a line holds as many of each: texts hold blanks, decimal commas stand between semicolons. */
const DELIMITERS = [";", "\t", ",", " "] as const;

export interface FoundFile {
  readonly path: string;
  /** Path below the folder with forward slashes and without `.gz`. */
  readonly name: string;
}

/** As `filesIn`. Throws `input_unreadable` when there is none. */
export async function filesBelow(folder: string, endings: readonly string[]): Promise<FoundFile[]> {
  const found = await filesIn(folder, endings);
  if (found.length > 0) return found;
  throw new BellwetherError("input_unreadable", `${folder}: expected files ending in ${endings.join(" or ")}, got none`, {
    retryable: false,
  });
}

/**
 * Files below `folder`, at any depth, whose name (without `.gz`) ends with one of `endings`, by name. Throws `input_unreadable`
 * without a folder.
 */
export async function filesIn(folder: string, endings: readonly string[]): Promise<FoundFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `${folder}: not a readable folder`, { retryable: false, cause });
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: relative(folder, path).split(sep).join("/").replace(/\.gz$/i, "") }))
    .filter(({ name }) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The fields of each line, headers included, whichever of `; tab , blank` the first line has most of. Lines may differ in length; a
 * packed file that was cut off is read as far as it goes. Throws `input_unreadable` where the file is damaged otherwise.
 */
export async function* readFields(path: string): AsyncIterable<readonly string[]> {
  try {
    const delimiter = delimiterOf(await firstLineOf(path));
    // An inch sign in a note must not swallow the file, so quotes mean nothing but to stand around a field.
    const parser = parse({ bom: true, delimiter, quote: false, relax_column_count: true, skip_empty_lines: true, trim: true });
    // Errors of any stage reach the reader of the parser; the callback only keeps them from being thrown a second time.
    for await (const row of pipeline(textOf(path), parser, () => {})) yield fieldsSchema.parse(row).map(unquoted);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BellwetherError("input_unreadable", `${path}: not readable: ${reason}`, { retryable: false, cause });
  }
}

function unquoted(field: string): string {
  return field.length > 1 && field.startsWith('"') && field.endsWith('"') ? field.slice(1, -1) : field;
}

/** What separates the fields of a line. Example: `datetime;Volume Flow RateRMS;anomaly` has `;`. */
export function delimiterOf(line: string): string {
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }));
  return counts.reduce((most, one) => (one.count > most.count ? one : most), { delimiter: ",", count: 1 }).delimiter;
}
