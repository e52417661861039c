import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { describeField, hidesValue, maskCredentials } from "./configFields.ts";

/** Environment variables as the process received them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a flat configuration from environment variables: the key `maxBatchRows` is the variable `MAX_BATCH_ROWS`
 * (keys already in upper case are used as they are). An empty variable counts as absent, because compose files
 * write `NAME=${NAME:-}`. Text is turned into what the field takes (number, boolean, comma-separated list).
 * Reports all problems at once as one `config_invalid`, one line each.
 */
export function loadConfig<S extends z.ZodObject>(schema: S, env: Environment): z.infer<S> {
  return readSettings(schema, { title: "the configuration has", textOf: (key) => env[variableOf(key)], nameOf: variableOf });
}

/** Where settings come from, and what their place is called in messages. */
export interface SettingsSource {
  /** How the message begins; the number of problems follows. */
  readonly title: string;
  /** The text given for a key of the schema; undefined or empty where there is none. */
  readonly textOf: (key: string) => string | undefined;
  readonly nameOf: (key: string) => string;
}

/** Reads settings given as text, such as options of a command, by the rules of `loadConfig`. */
export function readSettings<S extends z.ZodObject>(schema: S, source: SettingsSource): z.infer<S> {
  const input: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema.shape)) {
    const text = source.textOf(key);
    if (text !== undefined && text !== "") input[key] = fromText(field, text);
  }
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const problems = new Set(parsed.error.issues.map((issue) => describeIssue(schema, issue, source)));
  const count = problems.size === 1 ? "1 problem" : `${problems.size} problems`;
  throw new BellwetherError("config_invalid", [`${source.title} ${count}:`, ...problems].join("\n  "), { retryable: false });
}

/** Environment variable of a configuration key: `clickhouseUrl` → `CLICKHOUSE_URL`. */
export function variableOf(key: string): string {
  return /[a-z]/.test(key) ? key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase() : key;
}

/** One line `VARIABLE=value` per field, secrets and passwords inside URLs masked; for the start-up log. */
export function redactedConfig(schema: z.ZodObject, config: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(schema.shape).map(([key, field]) => {
    const shown = config[key] === undefined ? "" : hidesValue(key, field) ? "***" : maskCredentials(asText(config[key]));
    return `${variableOf(key)}=${shown}`;
  });
  return lines.join("\n");
}

/** A Markdown table of the variables a schema reads, for READMEs. */
export function configTable(schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([key, field]) => {
    const { expected, meaning, fallback, isRequired } = describeField(field);
    const preset = isRequired ? "required" : fallback === undefined ? "" : `\`${asText(fallback)}\``;
    return `| \`${variableOf(key)}\` | ${expected} | ${preset} | ${meaning} |`;
  });
  return ["| variable | expected | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function fromText(field: z.core.$ZodType, text: string): unknown {
  const candidates = candidatesOf(text);
  const results = candidates.map((candidate) => z.safeParse(field, candidate));
  const accepted = results.findIndex((result) => result.success);
  if (accepted >= 0) return candidates[accepted];
  // Nothing fits: keep the reading of the right type, so that the complaint is about the limit and not the type.
  const rightType = results.findIndex((result) => result.error?.issues[0]?.code !== "invalid_type");
  return candidates[Math.max(rightType, 0)];
}

function candidatesOf(text: string): readonly unknown[] {
  const candidates: unknown[] = [text];
  if (text.trim() !== "" && Number.isFinite(Number(text))) candidates.push(Number(text));
  if (/^(true|1|yes|on)$/i.test(text)) candidates.push(true);
  if (/^(false|0|no|off)$/i.test(text)) candidates.push(false);
  const items = text.split(",").map((item) => item.trim());
  candidates.push(items.filter((item) => item !== ""));
  return candidates;
}

function describeIssue(schema: z.ZodObject, issue: z.core.$ZodIssue, { textOf, nameOf }: SettingsSource): string {
  const key = String(issue.path[0] ?? "");
  const field = schema.shape[key];
  if (field === undefined) return issue.message;
  const text = textOf(key);
  const isMissing = text === undefined || text === "";
  const got = isMissing ? "nothing" : hidesValue(key, field) ? "a value that is not shown" : `"${maskCredentials(text).slice(0, 200)}"`;
  const { expected } = describeField(field);
  return `${nameOf(key)}: expected ${expected === "" ? issue.message : expected}, got ${got}`;
}

function asText(setting: unknown): string {
  if (Array.isArray(setting)) return setting.map(asText).join(",");
  return typeof setting === "object" ? JSON.stringify(setting) : String(setting);
}

/** The environment of this process; the only place that reads it, so that everything else can be given one. */
export function processEnvironment(): Environment {
  // biome-ignore lint/style/noProcessEnv: this is the reader the rule points everybody to.
  return process.env;
}
