import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { settingNamesOf } from "@bellwether/analytics/catalogue";
import { type Read, type Rule, readDetectorTexts, readRule } from "@bellwether/analytics/rules/readRules";
import type { DetectorTexts } from "@bellwether/analytics/rules/schema";
import type { RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";

/** One problem of a rule text, with its place as far as it is known; line and column from 1. */
export interface LintProblem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** What of a folder can be read, in order of file name, and what is wrong with the rest. */
export interface FolderRead<T> {
  readonly files: readonly T[];
  readonly problems: readonly LintProblem[];
}

/** Every rule file of the directory. */
export function readRuleFolder(dir: string): Promise<FolderRead<RuleFileOnDisk>> {
  return readFolder(dir, (file, text) => {
    const read = readRule(file, text);
    return read.ok ? { ok: true, value: { path: join(dir, file), file, text, rule: read.value } } : read;
  });
}

/** Every rule file of the directory that can be read, in order of file name. */
export async function readRuleFiles(dir: string): Promise<readonly RuleFileOnDisk[]> {
  return (await readRuleFolder(dir)).files;
}

/** Every detector's file of the directory; none where there is no such folder. */
export async function readDetectorFolder(dir: string): Promise<FolderRead<DetectorTexts>> {
  const folder = join(dir, "detectors");
  if (!existsSync(folder)) return { files: [], problems: [] };
  const { files, problems } = await readFolder(folder, (file, text) => readDetectorTexts(file, text, settingNamesOf));
  return { files, problems: problems.map((problem) => ({ ...problem, file: `detectors/${problem.file}` })) };
}

/** Every detector's file of the directory that can be read, in order of file name. */
export async function readDetectorFiles(dir: string): Promise<readonly DetectorTexts[]> {
  return (await readDetectorFolder(dir)).files;
}

async function readFolder<T>(folder: string, readText: (file: string, text: string) => Read<T>): Promise<FolderRead<T>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  const reads = await Promise.all(
    names.map(async (file) => {
      const text = await readFile(join(folder, file), "utf8");
      const read = readText(file, text);
      return read.ok ? { files: [read.value], problems: [] } : { files: [], problems: read.problems.map((line) => problemOf(line, text)) };
    }),
  );
  return { files: reads.flatMap(({ files }) => files), problems: reads.flatMap(({ problems }) => problems) };
}

/** All problems of a rule text; the rule when there are none. */
export function lintRule(file: string, text: string): { readonly rule: Rule | null; readonly problems: readonly LintProblem[] } {
  const read = readRule(file, text);
  return read.ok ? { rule: read.value, problems: [] } : { rule: null, problems: read.problems.map((line) => problemOf(line, text)) };
}

/** `file:12:3 condition: at character 5: what was expected`. */
const PROBLEM = /^(?<file>.*?):(?<line>\d+):(?<column>\d+) (?<message>[\s\S]*)$/;

function problemOf(said: string, text: string): LintProblem {
  const parts = PROBLEM.exec(said)?.groups;
  if (parts === undefined) return { file: "", line: null, column: null, message: said };
  const { file = "", message = "" } = parts;
  const [line, start] = [Number(parts.line), Number(parts.column)];
  const isQuoted = /["']/.test((text.split("\n")[line - 1] ?? "").charAt(start - 1));
  const within = /: at character (\d+):/.exec(message)?.[1];
  return { file, line, column: within === undefined ? start : start + Number(within) - 1 + (isQuoted ? 1 : 0), message };
}
