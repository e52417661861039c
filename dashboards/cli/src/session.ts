import { inspect } from "node:util";
import { alertsConfigSchema } from "@bellwether/alerts/config";
import { analyticsConfigSchema } from "@bellwether/analytics/config";
import { BellwetherError } from "@bellwether/contracts/errors";
import { ingestConfigSchema } from "@bellwether/ingest/config";
import { loadConfig, processEnvironment } from "@bellwether/runtime/config";
import { createLogger, type Logger } from "@bellwether/runtime/logger";
import type { Command } from "commander";
import { z } from "zod";
import { platformConfigSchema } from "./config.ts";

import { EXIT, exitCodeOf } from "./exitCodes.ts";
import { type HomePaths, homePaths } from "./home.ts";
import { createOutput, type Output } from "./output.ts";

/** Every variable any command reads, so that a wrong configuration lists all its problems at once. */
export const configSchema = platformConfigSchema
  .extend(ingestConfigSchema.shape)
  .extend(analyticsConfigSchema.shape)
  .extend(alertsConfigSchema.shape);
export type Config = z.infer<typeof configSchema>;

/** What every command gets: where it works, how it is configured, where it writes. */
export interface Session {
  readonly home: HomePaths;
  readonly config: Config;
  readonly logger: Logger;
  readonly out: Output;
  readonly json: boolean;
}

const commonOptionsSchema = z.object({ home: z.string().optional(), json: z.boolean().default(false) });

/** Adds the options every command knows. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--home <dir>", "directory of the embedded engines (default: BELLWETHER_HOME, else ./.bellwether)")
    .option("--json", "print one JSON object per line");
}

/** Where commands leave their exit code. */
export interface ExitSlot {
  code: number;
}

/**
 * Runs one command: reads the configuration, and turns whatever is thrown into one line on standard error and an
 * exit code. The raw cause is shown with LOG_LEVEL=debug only.
 */
export async function runCommand(command: Command, exit: ExitSlot, body: (session: Session) => Promise<number | undefined>): Promise<void> {
  try {
    exit.code = (await body(openSession(command))) ?? EXIT.ok;
  } catch (error) {
    exit.code = exitCodeOf(error);
    process.stderr.write(`bellwether ${pathOf(command)}: ${describe(error)}\n`);
  }
}

function openSession(command: Command): Session {
  const options = commonOptionsSchema.parse(command.optsWithGlobals());
  const env = processEnvironment();
  const config = loadConfig(configSchema, env);
  const logger = createLogger({ service: "bellwether", level: config.logLevel });
  const write = (text: string) => void process.stdout.write(text);
  return { home: homePaths(options.home, env), config, logger, json: options.json, out: createOutput({ json: options.json, write }) };
}

/** `alerts list`, without the name of the program. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

/** One line, except that every problem of a configuration has its own. A stack trace is shown only to who asks for details. */
function describe(error: unknown): string {
  const isDetailed = processEnvironment().LOG_LEVEL === "debug" || processEnvironment().LOG_LEVEL === "trace";
  if (isDetailed && error instanceof Error) return inspect(error);
  if (error instanceof BellwetherError) return `${error.message} [${error.code}]`;
  const [line] = String(error).split("\n");
  return `${line} [unexpected; LOG_LEVEL=debug shows where]`;
}
