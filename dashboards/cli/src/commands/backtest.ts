import { writeFile } from "node:fs/promises";
import { runBacktest } from "@bellwether/analytics/workbench/backtest/backtest";
import { backtestHtml } from "@bellwether/analytics/workbench/report/reportHtml";
import { openRuleFile, type RuleFileOnDisk, saveRule, withOperatingPoint } from "@bellwether/analytics/workbench/ruleFiles";
import type { BacktestReport } from "@bellwether/analytics/workbench/types";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { backtestAtHolder } from "../workbench/atHolder.ts";
import { parseAxis, parseParameters, readScope, requestOf, rulesDir, type Scope, withScope } from "../workbench/backtestOptions.ts";
import { askHistory, checkLabels, withProgress } from "../workbench/onHistory.ts";
import { reportRecord } from "../workbench/reportRecord.ts";
import { compare } from "./compare.ts";

const ownSchema = z.object({
  against: z.string().optional(),
  sweep: z.array(z.string()).default([]),
  set: z.array(z.string()).default([]),
  write: z.boolean().default(false),
});

/** `bellwether backtest`: when a rule would have fired, and how many of those were real. */
export function addBacktest(program: Command, exit: ExitSlot): void {
  const command = withCommonOptions(program.command("backtest"))
    .argument("<rule>", "a rule's file or its id")
    .description("run a rule over history: firings, precision, recall, lead time, cost; with --sweep for many thresholds at once");
  withScope(command)
    .option("--against <rule>", "compare with this rule (the champion) and say whether the gate lets the first one through")
    .option("--sweep <axis...>", "name=from:to:count or name=a,b,c; twice for a grid")
    .option("--set <name=value...>", "try other values than the rule's own")
    .option("--write", "write the cheapest point of the sweep into the rule, with its evidence")
    .action((rule: string, _options, self: Command) => runCommand(self, exit, (session) => backtest(session, rule, self)));
}

async function backtest(session: Session, name: string, command: Command): Promise<number> {
  const scope = readScope(command);
  const own = ownSchema.parse(command.opts());
  if (own.against !== undefined) return compare(session, own.against, name, command);
  const file = await openRuleFile(name, rulesDir(session));
  const request = await requestOf(file, scope, { sweep: own.sweep.map(parseAxis), parameters: parseParameters(own.set) });
  const report = await askHistory(session, {
    async here(store) {
      await checkLabels(store, request);
      return withProgress(session, (options) => runBacktest(store, request, options));
    },
    there: (reader) => withProgress(session, (options) => backtestAtHolder(reader, request, options)),
  });
  await deliver(session, report, scope);
  if (own.write) await writeBest(session, file, report, scope);
  return EXIT.ok;
}

async function deliver(session: Session, report: BacktestReport, scope: Scope): Promise<void> {
  if (session.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else session.out.record(reportRecord(report));
  if (scope.report !== undefined) await writeFile(scope.report, backtestHtml(report));
}

async function writeBest(session: Session, file: RuleFileOnDisk, report: BacktestReport, scope: Scope): Promise<void> {
  const { sweep } = report;
  const best = sweep?.best === null ? undefined : sweep?.points[sweep.best];
  if (sweep === null || best === undefined) {
    throw new BellwetherError("config_invalid", "--write needs a --sweep and labels: without them no point is better than another", {
      retryable: false,
    });
  }
  const chosen = Object.fromEntries(sweep.axes.map(({ parameter }, i) => [parameter, best.at[i] ?? Number.NaN]));
  const { precision, recall, leadDaysMedian, alertsPer1000VehicleYears, saving } = best;
  const score = { precision, recall, leadDaysMedian, alertsPer1000VehicleYears, saving };
  const text = withOperatingPoint(file, chosen, report, { by: scope.actor, nowMs: Date.now(), score });
  const to = JSON.stringify(chosen);
  const from = JSON.stringify(Object.fromEntries(Object.keys(chosen).map((name) => [name, file.rule.parameters[name]?.default])));
  const at = new Date().toISOString();
  const reason = "least cost of a sweep";
  const saved = await saveRule(file, text, {
    at,
    actor: scope.actor,
    action: "operating_point",
    from,
    to,
    reason,
    evidence: report.provenance.resultHash,
  });
  session.out.line(`${saved.path}: version ${saved.rule.version} with ${to}`);
}
