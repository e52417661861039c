import { z } from "zod";

/** Column types as they come back from PostgreSQL, turned into what the code uses. */

const instant = z.union([z.date(), z.string()]).transform((value) => new Date(value).getTime());

/** timestamptz → ms since 1970 UTC. */
export const msColumn = instant;
export const nullableMsColumn = instant.nullable();

/** timestamptz → ISO 8601 in UTC. */
export const isoColumn = instant.transform((ms) => new Date(ms).toISOString());
export const nullableIsoColumn = isoColumn.nullable();

/** bigint and count(*) arrive as text. */
export const countColumn = z.coerce.number().int();

/** ms since 1970 UTC → what a timestamptz parameter takes. */
export function toTimestamp(ms: number): string;
export function toTimestamp(ms: number | null): string | null;
export function toTimestamp(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
