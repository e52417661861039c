import { type DestinationStream, destination as openDestination, pino } from "pino";

export type { Logger } from "pino";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names whose values never reach a log line, at the top and two levels down (requests, contacts, configurations). */
const REDACTED_NAMES = [
  "authorization",
  "cookie",
  "password",
  "passphrase",
  "secret",
  "token",
  "apiKey",
  "privateKey",
  "sasl",
  "email",
  "phone",
  "postalAddress",
  "ownerName",
];

export interface LoggerOptions {
  readonly service: string;
  readonly level?: LogLevel;
  /** Standard error by default, so that standard output stays free for what the command prints. */
  readonly destination?: DestinationStream;
}

/**
 * A structured JSON logger: one line per batch or decision, with ids and never payloads.
 * Names of secrets and of personal data are removed wherever they stand in the first three levels.
 */
export function createLogger({ service, level = "info", destination }: LoggerOptions) {
  const paths = REDACTED_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: "[redacted]" },
    },
    destination ?? openDestination({ dest: 2, sync: true }),
  );
}
