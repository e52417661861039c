import { readFile } from "node:fs/promises";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { editYaml, type RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import { expect, test } from "vitest";
import { lintRule } from "./catalogue.ts";
import { type FileChange, liveFiles, rollbackFiles, shadowFile } from "./lifecycle.ts";

const TEXT = await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8");
const champion = onDisk("cell-under-voltage.yaml", TEXT);

function onDisk(file: string, text: string): RuleFileOnDisk {
  const { rule, problems } = lintRule(file, text);
  if (rule === null) throw new Error(JSON.stringify(problems));
  return { path: file, file, text, rule };
}
const statusesOf = (changes: readonly FileChange[]) => changes.map(({ file, text }) => [file, onDisk(file, text).rule.status]);

test("a draft of a rule that runs becomes its challenger, each time under a new name", () => {
  const first = shadowFile(TEXT, champion.rule, [champion]);
  const second = shadowFile(TEXT, champion.rule, [champion, onDisk(first.file, first.text)]);
  expect([first, second].map(({ file, text }) => [file, onDisk(file, text).rule])).toMatchObject([
    ["cell-under-voltage-v2.yaml", { id: "cell-under-voltage-v2", version: 2, status: "shadow", challenges: "cell-under-voltage" }],
    ["cell-under-voltage-v3.yaml", { id: "cell-under-voltage-v3", version: 3, status: "shadow", challenges: "cell-under-voltage" }],
  ]);
});

test("a draft of a new rule keeps its name", () => {
  const text = editYaml(TEXT, [{ path: ["id"], value: "cell-new" }]);
  const made = shadowFile(text, onDisk("x.yaml", text).rule, [champion]);
  expect([made.file, onDisk(made.file, made.text).rule.challenges]).toEqual(["cell-new.yaml", undefined]);
});

test("promoting retires the champion, rolling back brings it back; without one it goes back into shadow", () => {
  const { file, text } = shadowFile(TEXT, champion.rule, [champion]);
  const challenger = onDisk(file, text);
  const evidence = {
    chosenOn: "2026-06-01",
    chosenBy: "analyst:Ana",
    parameters: { limit_v: 2.7 },
    window: { from: "2026-01-01T00:00:00Z", to: "2026-05-01T00:00:00Z" },
    score: { precision: 1, recall: null },
    ruleHash: "a",
    resultHash: "b",
  };
  const promoted = liveFiles(challenger, [champion, challenger], evidence);
  expect(statusesOf(promoted)).toEqual([
    ["cell-under-voltage-v2.yaml", "live"],
    ["cell-under-voltage.yaml", "retired"],
  ]);
  const after = promoted.map((change) => onDisk(change.file, change.text));
  const [live] = after;
  expect(live === undefined ? [] : statusesOf(rollbackFiles(live, after))).toEqual([
    ["cell-under-voltage.yaml", "live"],
    ["cell-under-voltage-v2.yaml", "retired"],
  ]);
  expect(statusesOf(rollbackFiles(champion, [champion]))).toEqual([["cell-under-voltage.yaml", "shadow"]]);
});
