import { ClickHouseError } from "@clickhouse/client";
import { expect, it } from "vitest";
import { toStoreError } from "./errors.ts";

const failure = (type: string, message: string) => toStoreError(new ClickHouseError({ code: "1", type, message }), "insert into telemetry");

it.each([
  [
    "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    'Cannot parse input: expected \'"\' before: \'SECRET","s":"y"}\': (while reading the value of key a): (at row 2)\nRow 1: SECRET',
  ],
  ["TYPE_MISMATCH", "Cannot convert string 'O'SECRET' to type Float32: while executing FUNCTION"],
  ["CANNOT_PARSE_TEXT", "Cannot parse string 'SECRET' as Float64"],
  ["UNKNOWN_TABLE", "Unknown table expression identifier 'x' in scope SELECT * FROM x WHERE vin = 'SECRET'"],
])("keeps row data of %s out of the message", (type, message) => {
  const error = failure(type, message);
  expect(error.message).not.toContain("SECRET");
  expect(error.message.split("\n")).toHaveLength(1);
  expect(error).toMatchObject({ code: "store_rejected", retryable: false });
});

it("keeps what helps: the code, the type and names of tables and columns", () => {
  expect(failure("UNKNOWN_TABLE", "Unknown table expression identifier 'telemetry' in scope SELECT 1").message).toBe(
    "insert into telemetry: ClickHouse answered 1 UNKNOWN_TABLE: Unknown table expression identifier 'telemetry'",
  );
});

it("tells what may pass from what will not", () => {
  expect(failure("MEMORY_LIMIT_EXCEEDED", "Memory limit exceeded")).toMatchObject({ code: "store_unavailable", retryable: true });
  expect(failure("SYNTAX_ERROR", "Syntax error")).toMatchObject({ code: "store_rejected", retryable: false });
  expect(toStoreError(new Error("connect ECONNREFUSED 127.0.0.1:1"), "query")).toMatchObject({
    code: "store_unavailable",
    retryable: true,
  });
});
