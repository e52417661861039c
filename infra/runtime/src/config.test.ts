import { expect, test } from "vitest";
import { z } from "zod";
import { configTable, loadConfig, redactedConfig, variableOf } from "./config.ts";
import { brokerList, byteSize, count, durationMs, flag, httpUrl, port, secret } from "./configFields.ts";

const schema = z.object({
  httpPort: port().default(8080).describe("Where the API listens."),
  clickhouseUrl: httpUrl().optional(),
  kafkaBrokers: brokerList().default(["127.0.0.1:9092"]),
  lingerMs: durationMs({ min: 1 }).default(500),
  segmentBytes: byteSize().default(64 * 1024 * 1024),
  batchRows: count({ min: 1, max: 100_000 }).default(5_000),
  isEmbedded: flag().default(true),
  level: z.enum(["info", "warn"]).default("info"),
  signingKey: secret(),
});

test("reads typed values from text and fills in the defaults", () => {
  const env = {
    HTTP_PORT: "9000",
    CLICKHOUSE_URL: "https://ch:8443",
    KAFKA_BROKERS: "a:1, b:2",
    LINGER_MS: "1.5s",
    SEGMENT_BYTES: "8 MiB",
    IS_EMBEDDED: "off",
    SIGNING_KEY: "12345",
    UNRELATED: "x",
  };
  expect(loadConfig(schema, env)).toEqual({
    httpPort: 9000,
    clickhouseUrl: "https://ch:8443",
    kafkaBrokers: ["a:1", "b:2"],
    lingerMs: 1500,
    segmentBytes: 8 * 1024 * 1024,
    batchRows: 5_000,
    isEmbedded: false,
    level: "info",
    signingKey: "12345",
  });
});

test("an empty variable counts as absent", () => {
  expect(loadConfig(schema, { SIGNING_KEY: "x", HTTP_PORT: "" }).httpPort).toBe(8080);
});

test("reports all problems at once, one line each, and no secret", () => {
  const env = {
    HTTP_PORT: "70000",
    CLICKHOUSE_URL: "tcp://admin:hunter2@ch",
    KAFKA_BROKERS: "localhost",
    LINGER_MS: "soon",
    SEGMENT_BYTES: "8 parsecs",
    BATCH_ROWS: "0",
    IS_EMBEDDED: "maybe",
    LEVEL: "loud",
  };
  expect(() => loadConfig(schema, env)).toThrow(
    expect.objectContaining({
      code: "config_invalid",
      retryable: false,
      message: [
        "the configuration has 9 problems:",
        'HTTP_PORT: expected a port from 0 to 65535, got "70000"',
        'CLICKHOUSE_URL: expected an address that starts with http:// or https://, got "tcp://admin:***@ch"',
        'KAFKA_BROKERS: expected a comma-separated list of host:port, got "localhost"',
        'LINGER_MS: expected a duration from 1 ms to 31622400000 ms, such as 500ms, 5s, 2m, 1h or 30d, got "soon"',
        'SEGMENT_BYTES: expected a size of at least 0 bytes, such as 512KiB, 64MiB or 2GiB, got "8 parsecs"',
        'BATCH_ROWS: expected a whole number from 1 to 100000, got "0"',
        'IS_EMBEDDED: expected true or false, got "maybe"',
        'LEVEL: expected one of info, warn, got "loud"',
        "SIGNING_KEY: expected a secret, got nothing",
      ].join("\n  "),
    }),
  );
});

test("a wrong secret is not shown", () => {
  const withPin = z.object({ dealerToken: z.string().min(8) });
  expect(() => loadConfig(withPin, { DEALER_TOKEN: "1234" })).toThrow("DEALER_TOKEN: expected text, got a value that is not shown");
});

test("a rule over several fields is reported too", () => {
  const range = z.object({ low: z.number(), high: z.number() }).refine(({ low, high }) => low < high, "LOW must be below HIGH");
  expect(() => loadConfig(range, { LOW: "2", HIGH: "1" })).toThrow(/has 1 problem:\n {2}LOW must be below HIGH/);
});

test("prints a configuration without secrets and passwords", () => {
  const config = loadConfig(schema, { SIGNING_KEY: "hunter2", CLICKHOUSE_URL: "http://admin:hunter2@ch:8123" });
  const printed = redactedConfig(schema, config);
  expect(printed).not.toContain("hunter2");
  expect(printed.split("\n")).toContain("CLICKHOUSE_URL=http://admin:***@ch:8123");
  expect(printed.split("\n")).toContain("SIGNING_KEY=***");
});

test("renders the variables as a Markdown table", () => {
  const lines = configTable(schema).split("\n");
  expect(lines).toHaveLength(11);
  expect(lines[2]).toBe("| `HTTP_PORT` | a port from 0 to 65535 | `8080` | Where the API listens. |");
  expect(lines.at(-1)).toBe("| `SIGNING_KEY` | a secret | required |  |");
});

test("names variables after keys", () => {
  expect(["httpPort", "maxBatchRows", "CLICKHOUSE_URL", "dir"].map(variableOf)).toEqual([
    "HTTP_PORT",
    "MAX_BATCH_ROWS",
    "CLICKHOUSE_URL",
    "DIR",
  ]);
});
