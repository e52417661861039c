import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { z } from "zod";
import type { GroundTruth } from "../types.ts";
import { type NumberedRecord, readCsvRecords } from "./csvRecords.ts";

export interface LabelsRead {
  readonly labels: readonly GroundTruth[];
  /** `line N: what is wrong`, one per row that was left out. */
  readonly problems: readonly string[];
}

const EARLIEST_MS = Date.parse("2000-01-01T00:00:00Z");
const rowSchema = z.object({
  id: z.string().optional(),
  vin: z.string().trim().min(1),
  component: z.enum(COMPONENTS, { error: ({ input }) => `expected one of ${COMPONENTS.join(", ")}, got ${shown(input)}` }),
  outcome: z.enum(OUTCOMES, { error: ({ input }) => `expected one of ${OUTCOMES.join(", ")}, got ${shown(input)}` }),
  at: z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: ({ input }) => `expected a day that exists, such as 2026-05-31, or a time with its zone, got ${shown(input)}`,
  }),
});

/** What stands in a cell, short enough for a line. */
function shown(input: unknown): string {
  return input === undefined || input === "" ? "nothing" : JSON.stringify(input).slice(0, 60);
}

export interface LabelChecks {
  readonly nowMs: number;
  readonly isKnown?: (vin: string) => boolean;
  /** From the columns of another system to ours; a text says why a row cannot be. */
  readonly map?: (record: NumberedRecord["record"]) => NumberedRecord["record"] | string;
}

/**
 * Labels from CSV text with the columns vin, component, outcome, at and, if there is one, id. Good rows count, bad ones are
 * listed; `isKnown` refuses vehicles nobody has heard of, `nowMs` dates that have not come yet.
 */
export function readLabelsCsv(text: string, checks: LabelChecks): LabelsRead {
  const records = readCsvRecords(text);
  return records === null
    ? { labels: [], problems: ["line 1: expected CSV with the columns vin, component, outcome, at"] }
    : readLabelRecords(records, checks);
}

/** The same of rows that are no CSV. */
export function readLabelRecords(
  records: readonly NumberedRecord[],
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

function problemOf(
  { vin, at }: z.infer<typeof rowSchema>,
  { nowMs, isKnown }: { readonly nowMs: number; readonly isKnown: (vin: string) => boolean },
): string | null {
  const atMs = Date.parse(at);
  // The date first: callers ask which vehicles are known of rows that are otherwise good.
  if (atMs < EARLIEST_MS || atMs > nowMs) return `at: expected a date from 2000 until today, got ${at}`;
  return isKnown(vin) ? null : `vin: ${vin} is not a vehicle of this fleet`;
}
