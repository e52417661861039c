import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readCatalogue, settingNamesOf } from "@bellwether/analytics/catalogue";
import { placeInText, readDetectorTexts, readRule } from "@bellwether/analytics/rules/readRules";
import { diffRules } from "@bellwether/analytics/workbench/diffRules";
import { openRuleFile, type RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { EXIT } from "../exitCodes.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { rulesDir } from "../workbench/backtestOptions.ts";
import { examplesOf } from "./ruleExamples.ts";
import { addSteps } from "./rulesSteps.ts";
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
    .argument("<before>", "a rule's or detector's file or its id")
    .argument("<after>", "a rule's or detector's file or its id")
    .description("what differs between two rules, two detectors or two versions of one")
    .action((before: string, after: string, _options, self: Command) => runCommand(self, exit, (session) => diff(session, before, after)));
  addSteps(rules, exit);
  addWatch(rules, exit);
}

async function lint(session: Session, files: readonly string[]): Promise<number> {
  const found = files.length === 0 ? await readCatalogue(rulesDir(session)) : { problems: await problemsIn(files), files: files.length };
  const rows = found.problems.map((problem) => ({ problem }));
  if (rows.length > 0) session.out.rows(rows, ["problem"]);
  session.out.line(`files: ${found.files}, problems: ${found.problems.length}`);
  return found.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

async function problemsIn(paths: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const path of paths) {
    const text = await readText(path);
    problems.push(...problemsOf(isDetectorFile(path, text) ? readDetectorTexts(path, text, settingNamesOf) : readRule(path, text)));
  }
  return problems;
}

/** A copy of a detector's file elsewhere, such as an earlier version, is known by its id, which no rule may have. */
function isDetectorFile(path: string, text: string): boolean {
  const [, id] = /^id: *["']?([\w-]+)/m.exec(text) ?? [];
  return basename(dirname(resolve(path))) === "detectors" || (id !== undefined && settingNamesOf(id) !== null);
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
  const textOf = new Map(files.map(({ rule, file, text }) => [rule.id, { file, text }]));
  const placeOf = ({ ruleId, path }: (typeof results)[number]) => {
    const { file, text } = textOf.get(ruleId) ?? { file: "", text: "" };
    return `${file}:${placeInText(text, path)}`;
  };
  session.out.rows(
    results.map((result) => {
      const { ruleId, example, isAsExpected, detail } = result;
      return { rule: ruleId, example, passed: isAsExpected ? "yes" : "NO", place: placeOf(result), detail };
    }),
    ["rule", "passed", "place", "example", "detail"],
  );
  return results.every(({ isAsExpected }) => isAsExpected) ? EXIT.ok : EXIT.failed;
}

async function diff(session: Session, before: string, after: string): Promise<undefined> {
  const dir = rulesDir(session);
  const [a, b] = [await readValid(before, dir), await readValid(after, dir)];
  session.out.rows(
    diffRules(a, b).map((difference) => ({ ...difference })),
    ["field", "before", "after"],
  );
  return undefined;
}

/** The text of a rule or a detector, by path or by id; refused with all its problems where it has any. */
async function readValid(name: string, dir: string): Promise<string> {
  const path = await pathOf(name, dir);
  const problems = await problemsIn([path]);
  if (problems.length > 0) throw new BellwetherError("config_invalid", problems.join("\n"), { retryable: false });
  return readText(path);
}

async function pathOf(name: string, dir: string): Promise<string> {
  if (name.endsWith(".yaml")) return name;
  const known = [...(await yamlIn(dir)), ...(await yamlIn(join(dir, "detectors")))];
  const path = known.find((one) => basename(one, ".yaml") === name);
  if (path !== undefined) return path;
  throw new BellwetherError("input_unreadable", `expected a file or the id of a rule or detector in ${dir}, got ${name}`, {
    retryable: false,
  });
}
