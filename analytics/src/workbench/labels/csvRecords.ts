import { parse } from "csv-parse/sync";
import { z } from "zod";

/** One row before it is checked, with the number it is named by where it is refused. */
export interface NumberedRecord {
  readonly line: number;
  readonly record: Readonly<Record<string, string | undefined>>;
}

const tableSchema = z.array(z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }));

/** The rows of CSV text whose first line names the columns; null where it is none. */
export function readCsvRecords(text: string): readonly NumberedRecord[] | null {
  const table = tableSchema.safeParse(parseCsv(text));
  return table.success ? table.data.map(({ record, info }) => ({ record, line: info.lines })) : null;
}

function parseCsv(text: string): unknown {
  try {
    return parse(text, { columns: true, info: true, bom: true, trim: true, skip_empty_lines: true });
  } catch {
    return null;
  }
}
