/** Terminal output: one JSON object per line with --json, an aligned table otherwise. */

export interface Output {
  /** A list of records; `columns` picks and orders what the table shows. */
  rows(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): void;
  /** One record. */
  record(record: Readonly<Record<string, unknown>>): void;
  /** A line for people; silent with --json so that output stays one object per line. */
  line(text: string): void;
}

type Write = (text: string) => void;

export function createOutput(options: { json: boolean; write: Write }): Output {
  const { json, write } = options;
  const writeJson = (value: unknown) => write(`${JSON.stringify(value)}\n`);
  return {
    rows(rows, columns) {
      if (json) rows.forEach(writeJson);
      else write(formatTable(rows, columns));
    },
    record(record) {
      if (json) writeJson(record);
      else write(formatRecord(record));
    },
    line(text) {
      if (!json) write(`${text}\n`);
    },
  };
}

/** Columns padded to the widest value; numbers are not right-aligned because most are ids and codes. */
export function formatTable(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): string {
  if (rows.length === 0) return "nothing to show\n";
  const cells = rows.map((row) => columns.map((column) => formatValue(row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((line) => displayWidth(line[i] ?? ""))));
  const pad = (line: readonly string[]) =>
    line.map((cell, i) => cell + " ".repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(cell)))).join("  ");
  return [columns, ...cells].map((line) => `${pad(line).trimEnd()}\n`).join("");
}

function formatRecord(record: Readonly<Record<string, unknown>>): string {
  const width = Math.max(...Object.keys(record).map((key) => key.length));
  return Object.entries(record)
    .map(([key, value]) => `${key.padEnd(width)}  ${formatValue(value)}\n`)
    .join("");
}

function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "-";
  const text = typeof value === "object" ? JSON.stringify(value) : typeof value === "number" ? shortNumber(value) : String(value);
  // A message of several lines must not tear its row apart.
  return text.replaceAll(/\s*[\r\n]+\s*/g, " / ");
}

/** 3.811000108718872 is 3.811: a 32-bit float says no more, and a sum of decimals less. Whole numbers stay. */
function shortNumber(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

/** Chinese characters take two columns in a terminal. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1;
  return width;
}
