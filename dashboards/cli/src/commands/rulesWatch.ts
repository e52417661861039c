import { openRuleFile } from "@bellwether/analytics/workbench/ruleFiles";
import { watchShadow } from "@bellwether/analytics/workbench/watchShadow";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { day } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { rulesDir } from "../workbench/backtestOptions.ts";
import { withStore } from "../workbench/onHistory.ts";

const optionsSchema = z.object({
  from: day(),
  to: day(),
  referenceFrom: day(),
  budget: z.coerce.number().positive().optional().meta({ expected: "alerts per 1,000 vehicle-years" }),
});

/** `bellwether rules watch`: a live or shadow rule against an earlier time. */
export function addWatch(rules: Command, exit: ExitSlot): void {
  withCommonOptions(rules.command("watch"))
    .argument("<rule>", "a rule's file or its id")
    .option("--from <day>", "first day watched (UTC); needed")
    .option("--to <day>", "day after the last one (UTC); needed")
    .option("--reference-from <day>", "first day of the earlier time, which ends where the watched one begins; needed")
    .option("--budget <n>", "alerts per 1,000 vehicle-years it may give; the sequential test stops at twice as many")
    .description(
      "firings against a budget with a sequential stop test, reports not evaluated, and drift of what the rule reads, per model; exit 1 when to stop",
    )
    .action((name: string, _options, self: Command) => runCommand(self, exit, (session) => watch(session, name, self)));
}

async function watch(session: Session, name: string, command: Command): Promise<number> {
  const options = readOptions(command, optionsSchema);
  const { rule } = await openRuleFile(name, rulesDir(session));
  const fromMs = Date.parse(options.from);
  const asked = {
    before: { fromMs: Date.parse(options.referenceFrom), toMs: fromMs },
    now: { fromMs, toMs: Date.parse(options.to) },
    budget: options.budget ?? null,
  };
  const { models, ...told } = await withStore(session, (store) => watchShadow(store, rule, asked));
  if (session.json) session.out.record({ ...told, models });
  else {
    session.out.record({ ...told });
    session.out.rows(
      models.map((model) => ({ ...model })),
      ["model", "reports", "notEvaluated", "psi"],
    );
  }
  return told.sequential?.verdict === "stop: too many" ? EXIT.failed : EXIT.ok;
}
