import { readFile } from "node:fs/promises";
import { labelImportSchema } from "@bellwether/alerts/api/workbenchSchemas";
import { loadRepairMapping } from "@bellwether/alerts/topics/repairOrderTopic";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { readOptions } from "../options.ts";
import { type Reader, runWithReader } from "../reader.ts";
import { type ExitSlot, type Session, withCommonOptions } from "../session.ts";

const optionsSchema = z.object({
  source: z
    .string()
    .regex(/^[\w .-]{1,60}$/)
    .meta({ expected: "a name of up to 60 letters, digits, blanks, dots or hyphens" }),
  mapping: z.string().optional(),
});

/** `bellwether labels`: what workshops found, from another system's file. */
export function addLabels(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("labels"))
    .argument("<file>", "CSV with the columns vin, component, outcome, at and, where there is one, id; or any with --mapping")
    .option("--source <name>", "the system they come from; needed, label quality is shown by it")
    .option("--mapping <file>", "YAML: their columns, operation and part codes, words for outcomes (alerts/examples/repair-orders.yaml)")
    .description("bring in labels from repair orders: the good rows land, the bad are listed; exit 1 when there is one")
    .action((file: string, _options, self: Command) =>
      runWithReader(self, exit, (session, reader) => run(session, reader, { file, self })),
    );
}

async function run(session: Session, reader: Reader, { file, self }: { readonly file: string; readonly self: Command }): Promise<number> {
  const { source, mapping } = readOptions(self, optionsSchema);
  const csv = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `cannot read ${file}`, { retryable: false, cause });
  });
  const mapped = mapping === undefined ? {} : { mapping: await labelMappingOf(mapping) };
  const { labels, problems } = labelImportSchema.parse(await reader.post("/v1/labels", { source, csv, ...mapped }));
  if (problems.length > 0 || session.json) session.out.rows(problems, ["line", "message"]);
  session.out.line(`${labels} labels of ${source}, ${problems.length} rows left out`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

/** The mapping of repair orders serves files as well; a label has no odometer and no note. */
async function labelMappingOf(path: string) {
  const mapping = await loadRepairMapping(path);
  const { odometerKm: _odometer, note: _note, ...columns } = mapping.columns;
  return { ...mapping, columns };
}
