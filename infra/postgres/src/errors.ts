import { BellwetherError } from "@bellwether/contracts/errors";
import pg from "pg";

/** What PostgreSQL said, without `detail` and `where`, which quote rows. It is the `cause` of the BellwetherError. */
export interface SqlFailure {
  readonly sqlState: string;
  readonly constraint: string | null;
  readonly table: string | null;
}

/** SQLSTATE classes and codes after which the same transaction may succeed: connection, resources, conflict, shutdown. */
const RETRYABLE = /^(08|53|40|57P0[1-5]|55P03|25P03|58)/;
const UNAVAILABLE = /^(08|53|57P0|28|3D000|58)/;
const TEXT_MAX = 240;

/** Turns what `pg` throws into a BellwetherError; retryable after conflicts and lost connections. */
export function toPostgresError(error: unknown, where: string): BellwetherError {
  if (error instanceof BellwetherError) return error;
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return toConnectionError(error, where);
  const { code, constraint = null, table = null } = error;
  const cause: SqlFailure = { sqlState: code, constraint, table };
  // Class 22 (data exception) quotes the value in its message: 'invalid input syntax for type integer: "…"'.
  const text = code.startsWith("22") ? error.message.replace(/".*"/s, '"…"') : error.message;
  const [firstLine = ""] = text.split("\n", 1);
  const message = `${where}: PostgreSQL answered ${code}: ${firstLine.slice(0, TEXT_MAX)}`;
  return new BellwetherError(UNAVAILABLE.test(code) ? "store_unavailable" : "store_rejected", message, {
    retryable: RETRYABLE.test(code),
    cause,
  });
}

function toConnectionError(error: unknown, where: string): BellwetherError {
  const [firstLine = ""] = String(error instanceof Error ? error.message : error).split("\n", 1);
  const code = error instanceof Error && "code" in error && !firstLine.includes(String(error.code)) ? `${String(error.code)} ` : "";
  const message = `${where}: expected an answer from PostgreSQL, got: ${code}${firstLine.slice(0, TEXT_MAX)}`;
  return new BellwetherError("store_unavailable", message.trim(), { retryable: true });
}

function isSqlFailure(cause: unknown): cause is SqlFailure {
  return typeof cause === "object" && cause !== null && "sqlState" in cause;
}

/** The SQLSTATE and constraint behind a BellwetherError, or null when PostgreSQL did not answer at all. */
export function sqlFailureOf(error: unknown): SqlFailure | null {
  return error instanceof BellwetherError && isSqlFailure(error.cause) ? error.cause : null;
}
