import { appendFile, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BellwetherError } from "@bellwether/contracts/errors";
import { parseDocument } from "yaml";
import { hashOf } from "../hash.ts";
import { type Rule, readRule } from "../rules/readRules.ts";
import type { RuleStatus } from "../rules/schema.ts";
import type { BacktestReport } from "./types.ts";

/** A rule file as it lies on disk. */
export interface RuleFileOnDisk {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly rule: Rule;
}

/** One line of `audit.jsonl` beside the rules: who did what to which rule, why, and how it was before. */
export interface AuditEntry {
  readonly at: string;
  readonly actor: string;
  readonly action: "promote" | "rollback" | "operating_point";
  readonly ruleId: string;
  readonly version: number;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly ruleHashBefore: string;
  readonly ruleHashAfter: string;
  /** Hash of the back-test or comparison the decision rested on, if any. */
  readonly evidence: string | null;
}

/** Reads a rule by path, or by id from the directory. Throws `input_unreadable`, or `config_invalid` with all its problems. */
export async function openRuleFile(ruleOrPath: string, dir: string): Promise<RuleFileOnDisk> {
  const path = ruleOrPath.endsWith(".yaml") ? ruleOrPath : join(dir, `${ruleOrPath}.yaml`);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `expected a rule file or the id of one in ${dir}, got ${ruleOrPath}`, {
      retryable: false,
      cause,
    });
  });
  const file = basename(path);
  const read = readRule(file, text);
  if (!read.ok) throw new BellwetherError("config_invalid", read.problems.join("\n"), { retryable: false });
  return { path, file, text, rule: read.value };
}

/** The file's text with other values at the given paths; comments and order stay. */
export function editYaml(text: string, edits: readonly { readonly path: readonly (string | number)[]; readonly value: unknown }[]): string {
  const document = parseDocument(text);
  for (const { path, value } of edits) document.setIn(path, value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** The rule with the chosen values as its defaults, one version later, and what the choice rested on. */
export function withOperatingPoint(
  { text, rule }: RuleFileOnDisk,
  chosen: Readonly<Record<string, number>>,
  report: BacktestReport,
  { by, nowMs, score }: { readonly by: string; readonly nowMs: number; readonly score: Readonly<Record<string, number | null>> },
): string {
  const evidence = {
    chosenOn: new Date(nowMs).toISOString().slice(0, 10),
    chosenBy: by,
    parameters: chosen,
    window: { from: new Date(report.fromMs).toISOString(), to: new Date(report.toMs).toISOString() },
    score,
    ruleHash: report.provenance.ruleHash,
    resultHash: report.provenance.resultHash,
  };
  return editYaml(text, [
    { path: ["version"], value: rule.version + 1 },
    ...Object.entries(chosen).map(([name, value]) => ({ path: ["parameters", name, "default"], value })),
    { path: ["evidence"], value: evidence },
  ]);
}

/** Writes a rule after checking that it can still be read, and a line to the audit beside it. */
export async function saveRule(
  before: RuleFileOnDisk,
  text: string,
  entry: Omit<AuditEntry, "ruleId" | "version" | "ruleHashBefore" | "ruleHashAfter">,
): Promise<RuleFileOnDisk> {
  const read = readRule(before.file, text);
  if (!read.ok) throw new BellwetherError("config_invalid", read.problems.join("\n"), { retryable: false });
  await writeFile(before.path, text);
  const { id, version } = read.value;
  const line: AuditEntry = { ...entry, ruleId: id, version, ruleHashBefore: hashOf(before.text), ruleHashAfter: hashOf(text) };
  await appendFile(join(dirname(before.path), "audit.jsonl"), `${JSON.stringify(line)}\n`);
  return { ...before, text, rule: read.value };
}

/** Where `rollback` takes a rule from where it is. */
export const PREVIOUS_STATUS: Readonly<Record<RuleStatus, RuleStatus | null>> = {
  draft: null,
  shadow: "draft",
  live: "shadow",
  retired: "live",
};
