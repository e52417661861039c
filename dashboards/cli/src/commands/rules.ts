import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readCatalogue, settingNamesOf } from "@bellwether/analytics/catalogue";
import { readDetectorTexts, readRule } from "@bellwether/analytics/rules/readRules";
import { diffRules } from "@bellwether/analytics/workbench/diffRules";
import { runExamples } from "@bellwether/analytics/workbench/examples";
import {
  editYaml,
  NEXT_STATUS,
  openRuleFile,
  PREVIOUS_STATUS,
  type RuleFileOnDisk,
  saveRule,
} from "@bellwether/analytics/workbench/ruleFiles";
import { openScratchStore } from "@bellwether/analytics/workbench/scratchStore";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { rulesDir, withScope } from "../workbench/backtestOptions.ts";
import { compared, withGate } from "./compare.ts";
import { addWatch } from "./rulesWatch.ts";

/** `bellwether rules`: the catalogue of rules as files. */
export function addRules(program: Command, exit: ExitSlot): void {
  const rules = program.command("rules").description("rules as files: check, test, compare, put in force and take back");
  withCommonOptions(rules.command("lint"))
    .argument("[files...]", "rule files (default: the whole catalogue)")
    .description("every problem with file, line, column and what was expected; exit 1 when there is one")
    .action((files: string[], _options, self: Command) => runCommand(self, exit, (session) => lint(session, files)));
  withCommonOptions(rules.command("test"))
    .argument("[rules...]", "files or ids (default: all)")
    .description("run each rule's own examples through the SQL that runs live; exit 1 when one does not behave")
    .action((names: string[], _options, self: Command) => runCommand(self, exit, (session) => test(session, names)));
  withCommonOptions(rules.command("diff"))
    .argument("<before>", "a rule's file or its id")
    .argument("<after>", "a rule's file or its id")
    .description("what differs between two rules or two versions of one")
    .action((before: string, after: string, _options, self: Command) => runCommand(self, exit, (session) => diff(session, before, after)));
  addPromote(rules, exit);
  addWatch(rules, exit);
  withCommonOptions(rules.command("rollback"))
    .argument("<rule>", "a rule's file or its id")
    .requiredOption("--reason <text>", "why; goes into the audit")
    .option("--actor <name>", "who", "command line")
    .description("one step back: live to shadow, shadow to draft, retired to live")
    .action((name: string, _options, self: Command) => runCommand(self, exit, (session) => rollback(session, name, self)));
}

function addPromote(rules: Command, exit: ExitSlot): void {
  const command = withCommonOptions(rules.command("promote"))
    .argument("<rule>", "a rule's file or its id")
    .requiredOption("--reason <text>", "why; goes into the audit")
    .option("--champion <rule>", "the live rule it is compared with (default: the one it `challenges`)")
    .option("--force", "although the gate refuses; goes into the audit")
    .description("one step on: draft to shadow when its examples pass, shadow to live when the gate lets it through");
  withGate(withScope(command)).action((name: string, _options, self: Command) =>
    runCommand(self, exit, (session) => promote(session, name, self)),
  );
}

async function lint(session: Session, files: readonly string[]): Promise<number> {
  const found = files.length === 0 ? await readCatalogue(rulesDir(session)) : { problems: await problemsIn(files), files: files.length };
  session.out.rows(
    found.problems.map((problem) => ({ problem })),
    ["problem"],
  );
  session.out.line(`${found.files} files, ${found.problems.length} problems`);
  return found.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

/** A file in a folder `detectors` is a detector's. */
async function problemsIn(paths: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const path of paths) {
    const isDetector = basename(dirname(resolve(path))) === "detectors";
    const text = await readText(path);
    problems.push(...problemsOf(isDetector ? readDetectorTexts(path, text, settingNamesOf) : readRule(path, text)));
  }
  return problems;
}

function problemsOf(read: { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] }): readonly string[] {
  return read.ok ? [] : read.problems;
}

async function yamlIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .map((name) => join(dir, name));
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `cannot read ${path}`, { retryable: false, cause });
  });
}

async function test(session: Session, names: readonly string[]): Promise<number> {
  const dir = rulesDir(session);
  const paths = names.length > 0 ? names : await yamlIn(dir);
  const files: RuleFileOnDisk[] = [];
  for (const path of paths) files.push(await openRuleFile(path, dir));
  const results = await examplesOf(files);
  session.out.rows(
    results.map(({ ruleId, example, isAsExpected, detail }) => ({ rule: ruleId, example, passed: isAsExpected ? "yes" : "NO", detail })),
    ["rule", "passed", "example", "detail"],
  );
  return results.every(({ isAsExpected }) => isAsExpected) ? EXIT.ok : EXIT.failed;
}

async function examplesOf(files: readonly RuleFileOnDisk[]) {
  const scratch = await openScratchStore();
  try {
    return await runExamples(
      scratch.store,
      files.map(({ rule }) => rule),
    );
  } finally {
    await scratch.close();
  }
}

async function diff(session: Session, before: string, after: string): Promise<undefined> {
  const dir = rulesDir(session);
  const [a, b] = [await openRuleFile(before, dir), await openRuleFile(after, dir)];
  session.out.rows(
    diffRules(a.text, b.text).map((difference) => ({ ...difference })),
    ["field", "before", "after"],
  );
  return undefined;
}

const decisionSchema = z.object({
  reason: z.string().min(1),
  actor: z.string().default("command line"),
  champion: z.string().optional(),
  force: z.boolean().default(false),
});

async function promote(session: Session, name: string, command: Command): Promise<number> {
  const { reason, actor, champion, force } = decisionSchema.parse(command.opts());
  const dir = rulesDir(session);
  const file = await openRuleFile(name, dir);
  const next = NEXT_STATUS[file.rule.status];
  if (next === null) throw refusal(`${file.rule.id} is ${file.rule.status}: there is no step on`);
  const failing = (await examplesOf([file])).filter(({ isAsExpected }) => !isAsExpected);
  if (failing.length > 0) throw refusal(failing.map(({ example, detail }) => `example "${example}": ${detail}`).join("; "));
  const against = champion ?? file.rule.challenges;
  const evidence = next === "live" ? await passGate(session, against, name, command, force) : null;
  await move(file, next, { actor, action: "promote", reason: force ? `${reason} (forced)` : reason, evidence });
  session.out.line(`${file.rule.id}: ${file.rule.status} -> ${next}`);
  if (next === "live" && file.rule.challenges !== undefined) {
    const old = await openRuleFile(file.rule.challenges, dir);
    await move(old, "retired", { actor, action: "promote", reason: `replaced by ${file.rule.id}`, evidence });
    session.out.line(`${old.rule.id}: ${old.rule.status} -> retired`);
  }
  return EXIT.ok;
}

/** Hash of the challenger's back-test; throws with the failed checks where the gate refuses. */
async function passGate(
  session: Session,
  champion: string | undefined,
  name: string,
  command: Command,
  force: boolean,
): Promise<string | null> {
  if (champion === undefined) {
    if (force) return null;
    throw refusal("nothing to compare with: name the live rule with --champion or `challenges`, or use --force");
  }
  const { gate, b } = await compared(session, champion, name, command);
  const failed = gate.checks.filter(({ isPassed }) => !isPassed);
  if (failed.length > 0 && !force) throw refusal(failed.map((check) => `${check.name}: ${check.detail}`).join("; "));
  return b.provenance.resultHash;
}

async function rollback(session: Session, name: string, command: Command): Promise<number> {
  const { reason, actor } = decisionSchema.parse(command.opts());
  const file = await openRuleFile(name, rulesDir(session));
  const before = PREVIOUS_STATUS[file.rule.status];
  if (before === null) throw refusal(`${file.rule.id} is ${file.rule.status}: there is no step back`);
  await move(file, before, { actor, action: "rollback", reason, evidence: null });
  session.out.line(`${file.rule.id}: ${file.rule.status} -> ${before}`);
  return EXIT.ok;
}

async function move(
  file: RuleFileOnDisk,
  to: string,
  decision: { readonly actor: string; readonly action: "promote" | "rollback"; readonly reason: string; readonly evidence: string | null },
): Promise<void> {
  const text = editYaml(file.text, [{ path: ["status"], value: to }]);
  await saveRule(file, text, { ...decision, at: new Date().toISOString(), from: file.rule.status, to });
}

function refusal(message: string): BellwetherError {
  return new BellwetherError("config_invalid", `refused: ${message}`, { retryable: false });
}
