import type { NumberedRecord } from "@bellwether/analytics/workbench/labels/csvRecords";
import type { LabelChecks } from "@bellwether/analytics/workbench/labels/labelsFile";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { z } from "zod";

/** How the columns and codes of a workshop's system become labels. */
export const labelMappingSchema = z.strictObject({
  columns: z
    .strictObject({
      vin: z.string(),
      at: z.string(),
      id: z.string().optional(),
      component: z.string().optional(),
      outcome: z.string().optional(),
      operation: z.string().optional(),
      part: z.string().optional(),
    })
    .describe("name of the column in the file for each of ours"),
  operations: z
    .record(z.string(), z.enum(COMPONENTS))
    .default({})
    .describe("operation code to component; a trailing * stands for any rest"),
  parts: z.record(z.string(), z.enum(COMPONENTS)).default({}).describe("part number to component; a trailing * stands for any rest"),
  outcomes: z.record(z.string(), z.enum(OUTCOMES)).default({}).describe("their word to our outcome"),
  defaultOutcome: z.enum(OUTCOMES).optional().describe("where the file has no outcome: a repair order of a part usually means confirmed"),
});
export type LabelMapping = z.infer<typeof labelMappingSchema>;

/** Turns a row of another system into ours; a text where it cannot be one. */
export function labelMapper({ columns, operations, parts, outcomes, defaultOutcome }: LabelMapping): NonNullable<LabelChecks["map"]> {
  const cell = (record: NumberedRecord["record"], column: string | undefined) =>
    column === undefined ? "" : (record[column] ?? "").trim();
  return (record) => {
    const [operation, part, word] = [cell(record, columns.operation), cell(record, columns.part), cell(record, columns.outcome)];
    const component = cell(record, columns.component) || lookUp(operations, operation) || lookUp(parts, part);
    if (component === undefined || component === "") {
      return `component: neither operation "${operation}" nor part "${part}" is in the mapping`;
    }
    const outcome = outcomes[word] ?? (word === "" ? defaultOutcome : word);
    return { vin: cell(record, columns.vin), component, outcome, at: isoDate(cell(record, columns.at)), id: cell(record, columns.id) };
  };
}

/** The exact code, else the longest that ends in * and begins it. */
function lookUp(codes: Readonly<Record<string, string>>, code: string): string | undefined {
  if (code === "") return undefined;
  const prefixes = Object.keys(codes).filter((key) => key.endsWith("*") && code.startsWith(key.slice(0, -1)));
  const longest = prefixes.toSorted((a, b) => b.length - a.length)[0];
  return codes[code] ?? (longest === undefined ? undefined : codes[longest]);
}

/** 2026/5/1 and 2026.05.01 become 2026-05-01; anything else stays, to be refused where it is no date. */
function isoDate(text: string): string {
  const [, year, month = "", day = ""] = /^(\d{4})[./](\d{1,2})[./](\d{1,2})$/.exec(text) ?? [];
  return year === undefined ? text : `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}
