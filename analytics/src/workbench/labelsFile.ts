import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import type { GroundTruth } from "./types.ts";

export interface LabelsRead {
  readonly labels: readonly GroundTruth[];
  /** `line N: what is wrong`, one per row that was left out. */
  readonly problems: readonly string[];
}

const EARLIEST_MS = Date.parse("2000-01-01T00:00:00Z");
const rowSchema = z.object({
  id: z.string().optional(),
  vin: z.string().trim().min(1),
  component: z.enum(COMPONENTS),
  outcome: z.enum(OUTCOMES),
  at: z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
});
const tableSchema = z.array(z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }));

/** One row before it is checked, with the number it is named by where it is refused. */
export interface LabelRecord {
  readonly line: number;
  readonly record: Readonly<Record<string, string | undefined>>;
}

export interface LabelChecks {
  readonly nowMs: number;
  readonly isKnown?: (vin: string) => boolean;
  /** From the columns of another system to ours; a text says why a row cannot be. */
  readonly map?: (record: LabelRecord["record"]) => LabelRecord["record"] | string;
}

/**
 * Labels from CSV text with the columns vin, component, outcome, at and, if there is one, id. Good rows count, bad ones are
 * listed; `isKnown` refuses vehicles nobody has heard of, `nowMs` dates that have not come yet.
 */
export function readLabelsCsv(text: string, checks: LabelChecks): LabelsRead {
  const table = tableSchema.safeParse(parseCsv(text));
  if (!table.success) return { labels: [], problems: ["line 1: expected CSV with the columns vin, component, outcome, at"] };
  return readLabelRecords(
    table.data.map(({ record, info }) => ({ record, line: info.lines })),
    checks,
  );
}

/** The same of rows that are no CSV. */
export function readLabelRecords(
  records: readonly LabelRecord[],
  { nowMs, isKnown = () => true, map = (record) => record }: LabelChecks,
): LabelsRead {
  const labels: GroundTruth[] = [];
  const problems: string[] = [];
  for (const { record, line } of records) {
    const mapped = map(record);
    const row = rowSchema.safeParse(mapped);
    const problem = row.success
      ? problemOf(row.data, { nowMs, isKnown })
      : row.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    if (problem !== null || !row.success) {
      problems.push(`line ${line}: ${typeof mapped === "string" ? mapped : (problem ?? "unreadable")}`);
      continue;
    }
    const { vin, component, outcome, at, id } = row.data;
    labels.push({ id: id === undefined || id === "" ? `${vin}/${component}/${at}` : id, vin, component, outcome, atMs: Date.parse(at) });
  }
  return { labels, problems };
}

function parseCsv(text: string): unknown {
  try {
    return parse(text, { columns: true, info: true, bom: true, trim: true, skip_empty_lines: true });
  } catch {
    return null;
  }
}

function problemOf(
  { vin, at }: z.infer<typeof rowSchema>,
  { nowMs, isKnown }: { readonly nowMs: number; readonly isKnown: (vin: string) => boolean },
): string | null {
  if (!isKnown(vin)) return `vin: ${vin} is not a vehicle of this fleet`;
  const atMs = Date.parse(at);
  return atMs >= EARLIEST_MS && atMs <= nowMs ? null : `at: expected a date from 2000 until today, got ${at}`;
}
