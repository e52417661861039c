/** Quotes a string for SQL. Backslash is the escape character in ClickHouse strings, so it is escaped first. */
export function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "'": "\\'" };

function escapeText(text: string): string {
  return text.replace(/[\\\t\n\r\0']/g, (character) => TSV_ESCAPES[character] ?? character);
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Number.POSITIVE_INFINITY) return "+inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  return String(value);
}

/** Unix time with milliseconds: the form ClickHouse reads independently of any time zone. */
function formatDate(value: Date): string {
  const seconds = Math.floor(value.getTime() / 1000);
  const milliseconds = value.getUTCMilliseconds();
  return milliseconds === 0
    ? String(seconds).padStart(10, "0")
    : `${String(seconds).padStart(10, "0")}.${String(milliseconds).padStart(3, "0")}`;
}

function formatObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(formatNested).join(",")}]`;
  if (value instanceof Date) return formatDate(value);
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => `${formatNested(key)}:${formatNested(item)}`).join(",")}}`;
}

function formatNested(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return `'${escapeText(value)}'`;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return formatParam(value);
}

/**
 * The text ClickHouse parses into the type of a `{name: Type}` placeholder (TSV escapes, `\N` for NULL), the same
 * as `@clickhouse/client` sends over HTTP. Accepts strings, numbers, bigints, booleans, Dates, null, arrays, maps.
 */
export function formatParam(value: unknown): string {
  if (value === null || value === undefined) return "\\N";
  switch (typeof value) {
    case "string":
      return escapeText(value);
    case "number":
      return formatNumber(value);
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "1" : "0";
    case "object":
      return formatObject(value);
    default:
      throw new TypeError(`a query parameter must be text, number, boolean, date, array or map; got ${typeof value}`);
  }
}
