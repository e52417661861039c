import { readSettings } from "@bellwether/runtime/config";
import type { Command } from "commander";
import type { z } from "zod";

/** The options of a command by its schema. Throws `config_invalid` that lists every wrong or missing one, one line each. */
export function readOptions<S extends z.ZodObject>(command: Command, schema: S): z.infer<S> {
  const given: Readonly<Record<string, unknown>> = command.opts();
  return readSettings(schema, {
    title: "the options have",
    textOf: (key) => (given[key] === undefined ? undefined : String(given[key])),
    nameOf: (key) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  });
}
