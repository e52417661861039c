import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { Rule } from "@bellwether/analytics/rules/readRules";
import type { RuleStatus } from "@bellwether/analytics/rules/schema";
import { editYaml, type RuleFileOnDisk, saveRule } from "@bellwether/analytics/workbench/ruleFiles";
import { BellwetherError } from "@bellwether/contracts/errors";
import { lintRule } from "./catalogue.ts";

/**
 * Where rule files are changed. A rule on its way (shadow) is a file of its own that `challenges` the live one; promoting it
 * retires that one, rolling it back brings that one back.
 */

/** A file as it should be, written or ready for a pull request. */
export interface FileChange {
  readonly file: string;
  readonly text: string;
  readonly before: RuleFileOnDisk | null;
}

/** The file that puts a draft into shadow. A draft of a rule that exists becomes its challenger under an id of its own. */
export function shadowFile(text: string, rule: Rule, files: readonly RuleFileOnDisk[]): FileChange {
  const existing = files.find((file) => file.rule.id === rule.id);
  if (existing === undefined || existing.rule.status === "draft") {
    return { file: existing?.file ?? `${rule.id}.yaml`, text: withStatus(text, "shadow"), before: existing ?? null };
  }
  const champion = existing.rule;
  const base = champion.id.replace(/-v\d+$/, "");
  const version =
    1 + Math.max(champion.version, ...files.flatMap((file) => (file.rule.id.startsWith(`${base}-v`) ? file.rule.version : [])));
  const id = `${base}-v${version}`;
  const edits = [
    { path: ["id"], value: id },
    { path: ["version"], value: version },
    { path: ["status"], value: "shadow" },
    { path: ["challenges"], value: champion.id },
  ];
  return { file: `${id}.yaml`, text: editYaml(text, edits), before: null };
}

/** The files that make a challenger live: its own with what the decision rests on, and that of the rule it replaces. */
export function liveFiles(challenger: RuleFileOnDisk, files: readonly RuleFileOnDisk[], evidence: object | null): readonly FileChange[] {
  const champion = championOf(challenger.rule, files);
  const text = editYaml(challenger.text, [
    { path: ["status"], value: "live" },
    ...(evidence === null ? [] : [{ path: ["evidence"], value: evidence }]),
  ]);
  const own = { file: challenger.file, text, before: challenger };
  if (champion === null || champion.rule.status !== "live") return [own];
  return [own, { file: champion.file, text: withStatus(champion.text, "retired"), before: champion }];
}

/** The files that take a live rule back: to shadow, or retired where the one it replaced comes back. */
export function rollbackFiles(live: RuleFileOnDisk, files: readonly RuleFileOnDisk[]): readonly FileChange[] {
  const champion = championOf(live.rule, files);
  if (champion === null) return [{ file: live.file, text: withStatus(live.text, "shadow"), before: live }];
  return [
    { file: champion.file, text: withStatus(champion.text, "live"), before: champion },
    { file: live.file, text: withStatus(live.text, "retired"), before: live },
  ];
}

/** The rule a challenger means to replace. */
export function championOf(rule: Pick<Rule, "challenges">, files: readonly RuleFileOnDisk[]): RuleFileOnDisk | null {
  return files.find((file) => file.rule.id === rule.challenges) ?? null;
}

/** The text with another status. */
export function withStatus(text: string, status: RuleStatus): string {
  return editYaml(text, [{ path: ["status"], value: status }]);
}

/** Whether files may be written here. */
export async function isWritable(dir: string): Promise<boolean> {
  return access(dir, constants.W_OK).then(
    () => true,
    () => false,
  );
}

export interface Reason {
  readonly action: "promote" | "rollback";
  readonly actor: string;
  readonly at: string;
  readonly reason: string;
  readonly evidence: string | null;
}

/** Writes files one after the other, each checked before; an existing one with a line in the audit beside the rules. */
export async function writeFiles(dir: string, changes: readonly FileChange[], why: Reason): Promise<void> {
  for (const { file, text, before } of changes) {
    const { rule, problems } = lintRule(file, text);
    if (rule === null) throw new BellwetherError("config_invalid", problems.map(({ message }) => message).join("\n"), { retryable: false });
    const known: RuleFileOnDisk = before ?? { path: join(dir, file), file, text: "", rule };
    await saveRule(known, text, { ...why, from: before?.rule.status ?? "", to: rule.status });
  }
}
