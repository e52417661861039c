/** Files in sub-folders, and files whose fields are not separated by commas or have no header: what `tables.ts` does not read. */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { BellwetherError } from "@bellwether/contracts/errors";
import { parse } from "csv-parse";
import { z } from "zod";

const fieldsSchema = z.array(z.string());

export interface FoundFile {
  readonly path: string;
  /** Path below the folder with forward slashes and without `.gz`. */
  readonly name: string;
}

/**
 * Files below `folder`, at any depth, whose name (without `.gz`) ends with one of `endings`, by name. Throws `input_unreadable`
 * when there is none.
 */
export async function filesBelow(folder: string, endings: readonly string[]): Promise<FoundFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `${folder}: not a readable folder`, { retryable: false, cause });
  });
  const found = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: relative(folder, path).split(sep).join("/").replace(/\.gz$/i, "") }))
    .filter(({ name }) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (found.length > 0) return found;
  throw new BellwetherError("input_unreadable", `${folder}: expected files ending in ${endings.join(" or ")}, got none`, {
    retryable: false,
  });
}

/** The fields of each line, headers included. Lines may differ in length. Throws `input_unreadable` where the file is damaged. */
export async function* readFields(path: string, delimiter: string): AsyncIterable<readonly string[]> {
  const file = createReadStream(path);
  const parser = parse({ bom: true, delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, trim: true });
  // Errors of any stage reach the reader of the parser; the callback only keeps them from being thrown a second time.
  const rows = path.endsWith(".gz") ? pipeline(file, createGunzip(), parser, () => {}) : pipeline(file, parser, () => {});
  try {
    for await (const row of rows) yield fieldsSchema.parse(row);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BellwetherError("input_unreadable", `${path}: not readable: ${reason}`, { retryable: false, cause });
  }
}
