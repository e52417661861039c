import { ruleWatchSchema } from "@bellwether/alerts/api/workbenchSchemas";
import { openRuleFile } from "@bellwether/analytics/workbench/ruleFiles";
import { watchShadow } from "@bellwether/analytics/workbench/shadow/watchShadow";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { day } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { checkSame } from "../workbench/atHolder.ts";
import { rulesDir } from "../workbench/backtestOptions.ts";
import { askHistory } from "../workbench/onHistory.ts";

const optionsSchema = z.object({
  from: day(),
  to: day(),
  referenceFrom: day(),
  budget: z.coerce.number().positive().optional().meta({ expected: "alerts per 1,000 vehicle-years" }),
});

type Watch = z.infer<typeof ruleWatchSchema>;

const DAY_MS = 86_400_000;

/** `bellwether rules watch`: a live or shadow rule against an earlier time. */
export function addWatch(rules: Command, exit: ExitSlot): void {
  withCommonOptions(rules.command("watch"))
    .argument("<rule>", "a rule's file or its id")
    .option("--from <day>", "first day watched (UTC); needed")
    .option("--to <day>", "day after the last one (UTC); needed")
    .option("--reference-from <day>", "first day of the earlier time, which ends where the watched one begins; needed")
    .option("--budget <n>", "alerts per 1,000 vehicle-years it may give; the sequential test stops at twice as many")
    .description(
      "alerts against a budget with a sequential stop test, reports not evaluated, and drift of what the rule reads, per model; exit 1 when to stop",
    )
    .action((name: string, _options, self: Command) => runCommand(self, exit, (session) => watch(session, name, self)));
}

/** For a person; the JSON form has everything. */
function recordOf({
  ruleId,
  fromMs,
  toMs,
  firings,
  alerts,
  counted,
  per1000VehicleYears,
  vehicleYears,
  sequential,
}: Omit<Watch, "models">) {
  const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return {
    rule: ruleId,
    watched: `${date(fromMs)} to ${date(toMs)}, ${vehicleYears.toFixed(2)} vehicle-years`,
    told: `${alerts} alerts of ${firings} firings`,
    [`${counted} per 1,000 vehicle-years`]: per1000VehicleYears === null ? "-" : per1000VehicleYears.toFixed(1),
    ...(sequential === null
      ? {}
      : { "sequential test": `${sequential.verdict} (log likelihood ratio ${sequential.logLikelihoodRatio.toFixed(2)})` }),
  };
}

interface Asked {
  readonly before: { readonly fromMs: number };
  readonly now: { readonly fromMs: number; readonly toMs: number };
  readonly budget: number | null;
}

function queryOf({ before, now, budget }: Asked): URLSearchParams {
  return new URLSearchParams({
    to: new Date(now.toMs).toISOString(),
    days: String((now.toMs - now.fromMs) / DAY_MS),
    referenceFrom: new Date(before.fromMs).toISOString(),
    ...(budget === null ? {} : { budget: String(budget) }),
  });
}

async function watch(session: Session, name: string, command: Command): Promise<number> {
  const options = readOptions(command, optionsSchema);
  const file = await openRuleFile(name, rulesDir(session));
  const fromMs = Date.parse(options.from);
  const asked = {
    before: { fromMs: Date.parse(options.referenceFrom), toMs: fromMs },
    now: { fromMs, toMs: Date.parse(options.to) },
    budget: options.budget ?? null,
  };
  const { models, ...told } = await askHistory(session, {
    here: async (store) => ({ ...(await watchShadow(store, file.rule, asked)), ...asked.now }),
    async there(reader) {
      await checkSame(reader, file);
      return ruleWatchSchema.parse(await reader.get(`/v1/rules/${file.rule.id}/watch?${queryOf(asked)}`));
    },
  });
  if (session.json) session.out.record({ ...told, models });
  else {
    session.out.record(recordOf(told));
    session.out.rows(
      models.map((model) => ({ ...model })),
      ["model", "reports", "notEvaluated", "psi"],
    );
  }
  return told.sequential?.verdict === "stop: too many" ? EXIT.failed : EXIT.ok;
}
