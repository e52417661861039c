import { dirname } from "node:path";
import { readRuleFiles } from "@bellwether/alerts/workbench/catalogue";
import { type FileChange, liveFiles, rollbackFiles, writeFiles } from "@bellwether/alerts/workbench/lifecycle";
import { evidenceOf, refusalsAlone } from "@bellwether/alerts/workbench/promotion";
import { runBacktest } from "@bellwether/analytics/workbench/backtest";
import { editYaml, NEXT_STATUS, openRuleFile, PREVIOUS_STATUS, type RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import type { BacktestReport } from "@bellwether/analytics/workbench/types";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { backtestAtHolder } from "../workbench/atHolder.ts";
import { readScope, requestOf, rulesDir, withScope } from "../workbench/backtestOptions.ts";
import { askHistory, withProgress } from "../workbench/onHistory.ts";
import { compared, gateOf, withGate } from "./compare.ts";
import { examplesOf } from "./ruleExamples.ts";

const decisionSchema = z.object({
  reason: z.string().min(1),
  actor: z.string().default("command line"),
  champion: z.string().optional(),
  force: z.boolean().default(false),
});
type Decision = z.infer<typeof decisionSchema>;

/** `bellwether rules promote` and `rollback`: the same files, evidence and audit lines as the API's. */
export function addSteps(rules: Command, exit: ExitSlot): void {
  const command = withCommonOptions(rules.command("promote"))
    .argument("<rule>", "a rule's file or its id")
    .requiredOption("--reason <text>", "why; goes into the audit")
    .option("--champion <rule>", "the live rule it is compared with (default: the one it `challenges`; without any: its back-test alone)")
    .option("--force", "although the gate refuses; goes into the audit")
    .description("one step on: draft to shadow when its examples pass, shadow to live when the gate lets it through");
  withGate(withScope(command)).action((name: string, _options, self: Command) =>
    runCommand(self, exit, (session) => promote(session, name, self)),
  );
  withCommonOptions(rules.command("rollback"))
    .argument("<rule>", "a rule's file or its id")
    .requiredOption("--reason <text>", "why; goes into the audit")
    .option("--actor <name>", "who", "command line")
    .description("one step back: a live rule gives way to the one it replaced, else goes into shadow; shadow to draft, retired to live")
    .action((name: string, _options, self: Command) => runCommand(self, exit, (session) => rollback(session, name, self)));
}

async function promote(session: Session, name: string, command: Command): Promise<number> {
  const decision = decisionSchema.parse(command.opts());
  const file = await openRuleFile(name, rulesDir(session));
  const next = NEXT_STATUS[file.rule.status];
  if (next === null) throw refusal(`${file.rule.id} is ${file.rule.status}: there is no step on`);
  const failing = (await examplesOf([file])).filter(({ isAsExpected }) => !isAsExpected);
  if (failing.length > 0) throw refusal(failing.map(({ example, detail }) => `example "${example}": ${detail}`).join("; "));
  const reason = decision.force ? `${decision.reason} (forced)` : decision.reason;
  const why = { ...decision, reason };
  if (next === "shadow") return write(session, file, [withStatus(file, "shadow")], { ...why, action: "promote", evidence: null });
  const report = await passGate(session, file, command, decision);
  const evidence = report === null ? null : evidenceOf(report, file.rule, { actor: decision.actor, nowMs: Date.now() });
  const files = await readRuleFiles(dirname(file.path));
  const changes = liveFiles(file, files, evidence);
  return write(session, file, changes, { ...why, action: "promote", evidence: report?.provenance.resultHash ?? null });
}

/** The back-test the promotion rests on, null where it is forced without one; throws with what failed where the gate refuses. */
async function passGate(
  session: Session,
  file: RuleFileOnDisk,
  command: Command,
  { champion, force }: Decision,
): Promise<BacktestReport | null> {
  const against = champion ?? file.rule.challenges;
  const { from, to } = command.opts();
  if (force && (from === undefined || to === undefined)) return null;
  if (against !== undefined) {
    const { gate, b } = await compared(session, against, file.path, command);
    const failed = gate.checks.filter(({ isPassed }) => !isPassed);
    if (failed.length > 0 && !force) throw refusal(failed.map((check) => `${check.name}: ${check.detail}`).join("; "));
    return b;
  }
  const request = await requestOf(file, readScope(command));
  const report = await askHistory(session, {
    here: (store) => withProgress(session, (options) => runBacktest(store, request, options)),
    there: (reader) => withProgress(session, (options) => backtestAtHolder(reader, request, options)),
  });
  const failed = refusalsAlone(gateOf(command), report);
  if (failed.length > 0 && !force) throw refusal(failed.join("; "));
  return report;
}

async function rollback(session: Session, name: string, command: Command): Promise<number> {
  const { reason, actor } = decisionSchema.parse(command.opts());
  const file = await openRuleFile(name, rulesDir(session));
  const before = PREVIOUS_STATUS[file.rule.status];
  if (before === null) throw refusal(`${file.rule.id} is ${file.rule.status}: there is no step back`);
  const isLive = file.rule.status === "live";
  const changes = isLive ? rollbackFiles(file, await readRuleFiles(dirname(file.path))) : [withStatus(file, before)];
  return write(session, file, changes, { reason, actor, action: "rollback", evidence: null });
}

function withStatus(file: RuleFileOnDisk, status: string): FileChange {
  return { file: file.file, text: editYaml(file.text, [{ path: ["status"], value: status }]), before: file };
}

async function write(
  session: Session,
  { path }: RuleFileOnDisk,
  changes: readonly FileChange[],
  why: Pick<Parameters<typeof writeFiles>[2], "reason" | "actor" | "action" | "evidence">,
): Promise<number> {
  const { reason, actor, action, evidence } = why;
  await writeFiles(dirname(path), changes, { reason, actor, action, evidence, at: new Date().toISOString() });
  for (const { before, text } of changes) {
    const status = /^status: *(\w+)/m.exec(text)?.[1] ?? "";
    session.out.line(`${before?.rule.id}: ${before?.rule.status} -> ${status}`);
  }
  return EXIT.ok;
}

function refusal(message: string): BellwetherError {
  return new BellwetherError("config_invalid", `refused: ${message}`, { retryable: false });
}
