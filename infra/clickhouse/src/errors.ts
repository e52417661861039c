import { BellwetherError } from "@bellwether/contracts/errors";
import { ClickHouseError } from "@clickhouse/client";

/** ClickHouse error types after which the same statement may succeed: the statement was fine, the moment was not. */
const TRANSIENT = new Set([
  "TIMEOUT_EXCEEDED",
  "TOO_MANY_SIMULTANEOUS_QUERIES",
  "SOCKET_TIMEOUT",
  "NETWORK_ERROR",
  "MEMORY_LIMIT_EXCEEDED",
  "TABLE_IS_READ_ONLY",
  "TOO_MANY_PARTS",
  "ALL_CONNECTION_TRIES_FAILED",
  "TOO_FEW_LIVE_REPLICAS",
  "UNKNOWN_STATUS_OF_INSERT",
  "QUERY_WAS_CANCELLED",
  "ABORTED",
  "NOT_ENOUGH_SPACE",
  "KEEPER_EXCEPTION",
]);

/** Error types whose text speaks of the statement, never of rows; all others lose everything in quotes. */
const ABOUT_THE_STATEMENT =
  /^(UNKNOWN_|NO_SUCH_|SYNTAX_ERROR|NOT_AN_AGGREGATE|ILLEGAL_|NUMBER_OF_ARGUMENTS|TABLE_|AMBIGUOUS_|AUTHENTICATION|ACCESS_)/;
const TEXT_MAX = 240;

/**
 * First line of ClickHouse's text without what may be row data: it ends where the engine begins to print pieces of the
 * statement, or, unless the error is about the statement, at the first quotation mark.
 */
function safeText(message: string, type: string): string {
  const [firstLine = ""] = message.split("\n", 1);
  const withoutScope = firstLine.replace(/ (in scope|while executing|\(at row|before:|\(while|\(in file).*$/i, "").trim();
  const text = ABOUT_THE_STATEMENT.test(type) ? withoutScope : withoutScope.replace(/['"`].*$/, "…");
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

/** Turns what the client throws into the port's errors; `where` says what was being done, without values. */
export function toStoreError(error: unknown, where: string): BellwetherError {
  if (error instanceof BellwetherError) return error;
  if (error instanceof ClickHouseError) {
    const type = error.type ?? "UNKNOWN";
    const transient = TRANSIENT.has(type);
    const text = `${where}: ClickHouse answered ${error.code} ${type}: ${safeText(error.message, type)}`;
    return new BellwetherError(transient ? "store_unavailable" : "store_rejected", text, { retryable: transient });
  }
  const [firstLine = "no message"] = String(error instanceof Error ? error.message || error.name : error).split("\n", 1);
  return new BellwetherError("store_unavailable", `${where}: expected an answer from ClickHouse, got: ${firstLine.slice(0, TEXT_MAX)}`, {
    retryable: true,
  });
}
