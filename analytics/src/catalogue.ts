import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BellwetherError } from "@bellwether/contracts/errors";
import { type Read, type Rule, readDetectorTexts, readRule } from "./rules/readRules.ts";
import type { DetectorTexts, RuleFile } from "./rules/schema.ts";

/** What a finding is called and what the owner and the dealer are told about it. */
export type SourceTexts = Pick<
  RuleFile,
  "id" | "version" | "component" | "severity" | "title" | "description" | "advice" | "falsePositives" | "disprovedBy" | "references"
> & { readonly kind: "rule" | "detector" };

export interface Catalogue {
  readonly rules: readonly Rule[];
  readonly detectors: readonly DetectorTexts[];
  /** Texts of a finding's source, or null when no rule or detector of that id is known. */
  findAdvice(sourceId: string): SourceTexts | null;
}

/** The rules that ship with Bellwether. */
export const DEFAULT_RULES_DIR = fileURLToPath(new URL("../rules", import.meta.url));

/**
 * Loads every rule in `dir/*.yaml` and every detector's texts in `dir/detectors/*.yaml`, in order of file name.
 * Throws `config_invalid` with all problems of all files at once.
 */
export async function loadRules(dir: string = DEFAULT_RULES_DIR): Promise<Catalogue> {
  const rules = await readEach(dir, readRule);
  const detectors = await readEach(`${dir}/detectors`, readDetectorTexts);
  const problems = [...rules.problems, ...detectors.problems, ...duplicates([...rules.values, ...detectors.values].map((r) => r.id))];
  if (problems.length > 0) {
    throw new BellwetherError("config_invalid", `${problems.length} problems in rules:\n${problems.join("\n")}`, { retryable: false });
  }
  const texts = new Map<string, SourceTexts>([
    ...rules.values.map((rule): [string, SourceTexts] => [rule.id, { ...rule, kind: "rule" }]),
    ...detectors.values.map((detector): [string, SourceTexts] => [detector.id, { ...detector, kind: "detector" }]),
  ]);
  return { rules: rules.values, detectors: detectors.values, findAdvice: (sourceId) => texts.get(sourceId) ?? null };
}

async function readEach<T>(dir: string, read: (file: string, content: string) => Read<T>): Promise<{ values: T[]; problems: string[] }> {
  const values: T[] = [];
  const problems: string[] = [];
  for (const name of await yamlFiles(dir)) {
    const result = read(name, await readFile(`${dir}/${name}`, "utf8"));
    if (result.ok) values.push(result.value);
    else problems.push(...result.problems);
  }
  return { values, problems };
}

async function yamlFiles(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => name.endsWith(".yaml")).sort();
  } catch (cause) {
    throw new BellwetherError("config_invalid", `expected a directory of rule files, cannot read ${dir}`, { retryable: false, cause });
  }
}

function duplicates(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id ${id}: used by more than one file`);
}
