import { explain } from "@bellwether/analytics/workbench/explain";
import { openRuleFile } from "@bellwether/analytics/workbench/ruleFiles";
import type { ExplainedClause, Explanation } from "@bellwether/analytics/workbench/types";
import type { Command } from "commander";
import { z } from "zod";
import { vin } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { explainAtHolder } from "../workbench/atHolder.ts";
import { rulesDir } from "../workbench/backtestOptions.ts";
import { askHistory } from "../workbench/onHistory.ts";

const optionsSchema = z.object({
  vin: vin(),
  at: z.union([z.iso.date(), z.iso.datetime({ offset: true })]).meta({ expected: "a time such as 2026-06-01T12:00:00Z" }),
});

/** `bellwether explain`: why a rule did or did not fire. */
export function addExplain(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("explain"))
    .argument("<rule>", "a rule's file or its id")
    .requiredOption("--vin <vin>", "the vehicle")
    .requiredOption("--at <time>", "the moment in question")
    .description("why a rule fired or did not: each clause's value and threshold, missing signals, the episode's state, the samples")
    .action((rule: string, _options, self: Command) => runCommand(self, exit, (session) => run(session, rule, self)));
}

async function run(session: Session, name: string, command: Command): Promise<undefined> {
  const options = readOptions(command, optionsSchema);
  const file = await openRuleFile(name, rulesDir(session));
  const asked = { vin: options.vin, askedMs: Date.parse(options.at) };
  const explanation = await askHistory(session, {
    here: (store) => explain(store, file.rule, asked),
    there: (reader) => explainAtHolder(reader, file, asked),
  });
  if (session.json) session.out.record({ ...explanation });
  else show(session, explanation);
  return undefined;
}

function show({ out }: Session, { verdict, condition, clear, parameters, samples }: Explanation): void {
  out.line(verdict);
  const columns = ["clause", "holds", "left", "operator", "right", "missing"];
  const section = (title: string, rows: Parameters<typeof out.rows>[0], names: readonly string[]) => {
    if (rows.length === 0) return;
    out.line(`\n${title}`);
    out.rows(rows, names);
  };
  section("Condition (all must hold)", condition.map(forTable), columns);
  section("Ends when", clear.map(forTable), columns);
  const settings = Object.entries(parameters).map(([name, { value, from }]) => ({ name, value, from }));
  section("Parameters for this vehicle", settings, ["name", "value", "from"]);
  const reports = samples.slice(-10).map(({ atMs, state, measure }) => ({ at: new Date(atMs).toISOString(), state, measure }));
  section("Last reports", reports, ["at", "state", "measure"]);
}

function forTable({ text, holds, missing, ...sides }: ExplainedClause): Readonly<Record<string, unknown>> {
  return { clause: text, holds: holds === null ? "cannot tell" : holds ? "yes" : "no", ...sides, missing: missing.join(" ") };
}
