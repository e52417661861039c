import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { EXPORTED_TABLES, exportTable, isExported } from "@bellwether/analytics/workbench/exportTable";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { day } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { download } from "../reader.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { askHistory } from "../workbench/onHistory.ts";

const optionsSchema = z.object({ from: day(), to: day(), format: z.enum(["parquet", "arrow"]).default("parquet") });
const TABLES = Object.keys(EXPORTED_TABLES).join(", ");

/** `bellwether export`: a table for notebooks and other tools. */
export function addExport(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("export"))
    .argument("<table>", TABLES)
    .argument("<file>", "a file that does not exist yet")
    .option("--from <day>", "first day (UTC); needed")
    .option("--to <day>", "day after the last one (UTC); needed")
    .option("--format <format>", "parquet or arrow", "parquet")
    .description("write features, findings, firings, labels or scores as Parquet or Arrow")
    .action((table: string, file: string, _options, self: Command) => runCommand(self, exit, (session) => run(session, table, file, self)));
}

async function run(session: Session, table: string, name: string, command: Command): Promise<undefined> {
  const { from, to, format } = readOptions(command, optionsSchema);
  if (!isExported(table)) throw refusal(`expected one of ${TABLES}, got ${table}`);
  const file = resolve(name);
  if (existsSync(file)) throw refusal(`${file} exists already`);
  const asked = {
    table,
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    file,
    format: format === "arrow" ? ("Arrow" as const) : ("Parquet" as const),
  };
  const rows = await askHistory(session, {
    here: (store) => exportTable(store, asked),
    there: (_reader, holder) => download(holder, `/v1/exports/${table}?${new URLSearchParams({ from, to, format })}`, file),
  });
  session.out.record({ table, file, rows });
  return undefined;
}

function refusal(message: string): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false });
}
