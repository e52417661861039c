import { writeFile } from "node:fs/promises";
import { gateOf as configuredGate } from "@bellwether/alerts/api/workbenchContext";
import { compareRules } from "@bellwether/analytics/workbench/compare";
import { decideGate, type GatePolicy } from "@bellwether/analytics/workbench/gate";
import { comparisonHtml } from "@bellwether/analytics/workbench/report/reportHtml";
import { openRuleFile } from "@bellwether/analytics/workbench/ruleFiles";
import type { Comparison } from "@bellwether/analytics/workbench/types";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { compareAtHolder } from "../workbench/atHolder.ts";
import { readScope, requestOf, rulesDir, withScope } from "../workbench/backtestOptions.ts";
import { askHistory, checkLabels, withProgress } from "../workbench/onHistory.ts";
import { reportRecord, shown } from "../workbench/reportRecord.ts";

const gateSchema = z.object({
  minFaults: z.coerce.number().int().nonnegative().optional(),
  minWeeks: z.coerce.number().nonnegative().optional(),
  falseBudget: z.coerce.number().nonnegative().optional(),
});

/** `bellwether compare`: champion against challenger. */
export function addCompare(program: Command, exit: ExitSlot): void {
  const command = withCommonOptions(program.command("compare"))
    .argument("<champion>", "a rule's file or its id")
    .argument("<challenger>", "a rule's file or its id")
    .description(
      "two rules over the same history: who fired where, whether it is more than chance, and the gate; exit 1 when the gate refuses",
    );
  withGate(withScope(command)).action((champion: string, challenger: string, _options, self: Command) =>
    runCommand(self, exit, (session) => compare(session, champion, challenger, self)),
  );
}

/** Adds what the gate asks for. */
export function withGate(command: Command): Command {
  return command
    .option("--min-faults <n>", "confirmed faults the window must have (default: WORKBENCH_FAULTS_MIN)")
    .option("--min-weeks <n>", "length the window must have (default: WORKBENCH_WEEKS_MIN)")
    .option("--false-budget <n>", "most false alerts per 1,000 vehicle-years (default: WORKBENCH_FALSE_BUDGET, else none)");
}

/** What the command's options ask of the gate. */
export function gateAsked(command: Command): Partial<Pick<GatePolicy, "faultsMin" | "weeksMin" | "falseBudget">> {
  const { minFaults, minWeeks, falseBudget } = gateSchema.parse(command.opts());
  return {
    ...(minFaults === undefined ? {} : { faultsMin: minFaults }),
    ...(minWeeks === undefined ? {} : { weeksMin: minWeeks }),
    ...(falseBudget === undefined ? {} : { falseBudget }),
  };
}

/** Runs both rules, shows the comparison and resolves with 1 where the gate refuses. */
export async function compare(session: Session, champion: string, challenger: string, command: Command): Promise<number> {
  const scope = readScope(command);
  const comparison = await compared(session, champion, challenger, command);
  if (session.json) process.stdout.write(`${JSON.stringify(comparison)}\n`);
  else showComparison(session, comparison);
  if (scope.report !== undefined) await writeFile(scope.report, comparisonHtml(comparison));
  return comparison.gate.isPassed ? EXIT.ok : EXIT.failed;
}

/** Runs both rules over the scope of the command's options. */
async function compared(session: Session, champion: string, challenger: string, command: Command): Promise<Comparison> {
  const scope = readScope(command);
  const dir = rulesDir(session);
  const a = await requestOf(await openRuleFile(champion, dir), scope);
  const b = await requestOf(await openRuleFile(challenger, dir), scope);
  const gate = { ...configuredGate(session), ...gateAsked(command) };
  return askHistory(session, {
    async here(store) {
      await checkLabels(store, b);
      return withProgress(session, (options) => compareRules(store, a, b, gate, options));
    },
    async there(reader) {
      const comparison = await withProgress(session, (options) => compareAtHolder(reader, a, b, options));
      return { ...comparison, gate: decideGate(comparison, gate) };
    },
  });
}

function showComparison({ out }: Session, { a, b, agreed, onlyA, onlyB, mcNemar, difference, gate }: Comparison): void {
  out.line(`A, champion: ${a.rule.id} v${a.rule.version}`);
  out.record(reportRecord(a));
  out.line(`\nB, challenger: ${b.rule.id} v${b.rule.version}`);
  out.record(reportRecord(b));
  out.line("\nDifference");
  out.record({
    "both fired": agreed.length,
    "only A": `${onlyA.length}: ${vehicles(onlyA)}`,
    "only B": `${onlyB.length}: ${vehicles(onlyB)}`,
    "faults found by one only": `A ${mcNemar.onlyA}, B ${mcNemar.onlyB}, McNemar p = ${mcNemar.p.toPrecision(3)}`,
    "precision, B - A": shown(difference.precision),
    "recall, B - A": shown(difference.recall),
    "saving, B - A": shown(difference.saving),
  });
  out.line(`\nGate: ${gate.isPassed ? "passed" : "refused"}`);
  out.rows(
    gate.checks.map(({ name, isPassed, detail }) => ({ check: name, passed: isPassed ? "yes" : "NO", detail })),
    ["check", "passed", "detail"],
  );
}

const VEHICLES_SHOWN = 20;

function vehicles(firings: readonly { readonly vin: string }[]): string {
  const vins = [...new Set(firings.map(({ vin }) => vin))];
  return vins.length > VEHICLES_SHOWN ? `${vins.slice(0, VEHICLES_SHOWN).join(" ")} ...` : vins.join(" ");
}
