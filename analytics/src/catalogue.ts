import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BellwetherError } from "@bellwether/contracts/errors";
import { DETECTORS } from "./detectors/detectors.ts";
import { parameterName } from "./detectors/settings.ts";
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
 * Loads every rule in `dir/*.yaml` and every detector's file in `dir/detectors/*.yaml`, in order of file name.
 * Throws `config_invalid` with all problems of all files at once.
 */
export async function loadRules(dir: string = DEFAULT_RULES_DIR): Promise<Catalogue> {
  const { catalogue, problems } = await readCatalogue(dir);
  if (catalogue !== null) return catalogue;
  throw new BellwetherError("config_invalid", `${problems.length} problems in rules:\n${problems.join("\n")}`, { retryable: false });
}

/** The catalogue of a directory, or null and every problem of every file, with its place. */
export async function readCatalogue(dir: string): Promise<{ catalogue: Catalogue | null; problems: readonly string[]; files: number }> {
  const rules = await readEach(dir, readRule);
  const detectors = await readEach(`${dir}/detectors`, (file, content) => readDetectorTexts(file, content, settingNamesOf));
  const problems = [
    ...rules.problems,
    ...detectors.problems,
    ...duplicates([...rules.values, ...detectors.values].map(({ id }) => id)),
    ...(detectors.problems.length > 0 ? [] : settingProblems(detectors.values)),
  ];
  const files = rules.files + detectors.files;
  if (problems.length > 0) return { catalogue: null, problems, files };
  const texts = new Map<string, SourceTexts>([
    ...rules.values.map((rule): [string, SourceTexts] => [rule.id, { ...rule, kind: "rule" }]),
    ...detectors.values.map((detector): [string, SourceTexts] => [detector.id, { ...detector, kind: "detector" }]),
  ]);
  const findAdvice = (sourceId: string) => texts.get(sourceId) ?? null;
  return { catalogue: { rules: rules.values, detectors: detectors.values, findAdvice }, problems, files };
}

/** Names of the settings of the detector that says `sourceId`, as files write them; null where none does. */
export function settingNamesOf(sourceId: string): ReadonlySet<string> | null {
  const detector = DETECTORS.find(({ sourceIds }) => sourceIds.includes(sourceId));
  return detector === undefined ? null : new Set(Object.keys(detector.settings ?? {}).map(parameterName));
}

/** Every setting stands in exactly one of the detector's files, where there are any. */
function settingProblems(files: readonly DetectorTexts[]): string[] {
  return DETECTORS.flatMap(({ id, sourceIds, settings = {} }) => {
    const own = files.filter((file) => sourceIds.includes(file.id));
    if (own.length === 0) return [];
    return Object.keys(settings).flatMap((setting) => {
      const name = parameterName(setting);
      const holders = own.filter(({ parameters }) => name in parameters).map((file) => `${file.id}.yaml`);
      if (holders.length === 1) return [];
      const got = holders.length === 0 ? "none" : holders.join(" and ");
      return [
        `${id}.yaml:1:1 parameters: expected setting "${name}" in one of ${sourceIds.map((one) => `${one}.yaml`).join(", ")}, got ${got}`,
      ];
    });
  });
}

async function readEach<T>(
  dir: string,
  read: (file: string, content: string) => Read<T>,
): Promise<{ values: T[]; problems: string[]; files: number }> {
  const values: T[] = [];
  const problems: string[] = [];
  const names = await yamlFiles(dir);
  for (const name of names) {
    const result = read(name, await readFile(`${dir}/${name}`, "utf8"));
    if (result.ok) values.push(result.value);
    else problems.push(...result.problems);
  }
  return { values, problems, files: names.length };
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
