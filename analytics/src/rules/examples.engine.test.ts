import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import { isVisible } from "../engine/landed.ts";
import type { Touched } from "../engine/touched.ts";
import { createSeeder, type SeedRow } from "../testing/seed.ts";
import { runExamples } from "../workbench/examples.ts";
import { compileRule } from "./compile.ts";
import { evaluateRules } from "./evaluate.ts";
import { placeInText, readRule } from "./readRules.ts";
import type { RuleExample } from "./schema.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const catalogue = await loadRules();
const rules = catalogue.rules.map((rule) => compileRule(rule));
let test: TestStore;

interface Case {
  readonly vin: string;
  readonly ruleId: string;
  readonly example: RuleExample;
  readonly fires: boolean;
}

const cases: readonly Case[] = catalogue.rules.flatMap((rule, r) => [
  { vin: `FIRES${r}`, ruleId: rule.id, example: rule.examples.fires, fires: true },
  ...rule.examples.quiet.map((example, q) => ({ vin: `QUIET${r}-${q}`, ruleId: rule.id, example, fires: false })),
]);

function rowsOf(vin: string, example: RuleExample): SeedRow[] {
  return example.rows.flatMap(({ at, repeat, every, ...columns }) =>
    Array.from({ length: repeat }, (_, i) => ({ ...columns, vin, atMs: START_MS + at + i * every })),
  );
}

beforeAll(async () => {
  test = await openTestStore();
  await createSeeder(test.store).land(cases.flatMap(({ vin, example }) => rowsOf(vin, example)));
});
afterAll(() => test.close());

const MISBEHAVING = fileURLToPath(new URL("fixtures/misbehaving", import.meta.url));

describe("examples that do not behave", () => {
  it.each(readdirSync(MISBEHAVING))("%s is refused with the place of its example and what it did", async (name) => {
    const text = readFileSync(join(MISBEHAVING, name), "utf8");
    const read = readRule(name, text);
    if (!read.ok) throw new Error(read.problems.join("\n"));
    const results = await runExamples(test.store, [{ ...read.value, id: name }]);
    const wrong = results.filter(({ isAsExpected }) => !isAsExpected);
    expect(wrong.map(({ path, detail }) => `${placeInText(text, path)} ${path.join(".")}: ${detail}`)).toEqual(
      [...text.matchAll(/^# expect (.*)$/gm)].map((match) => match[1]),
    );
  });
});

describe("the examples of every shipped rule, through the SQL that runs live", () => {
  it.each(cases)("$ruleId $vin: $example.note", async ({ vin, ruleId, example, fires }) => {
    const rows = rowsOf(vin, example).map((row) => row.atMs);
    const batch: Touched = { vin, rows: rows.length, minMs: Math.min(...rows), maxMs: Math.max(...rows), days: ["2026-03-01"] };
    const rowFilter = isVisible([{ topic: TOPICS.frames, partition: 0, nextOffset: 1_000_000 }]);
    const [evaluation] = await evaluateRules({ store: test.store, rules, rowFilter, offsetMinutes: 0 }, new Map([[vin, batch]]), new Map());
    const opened = evaluation?.events.filter(({ event, rule }) => event.kind === "opened" && rule.rule.id === ruleId) ?? [];
    expect(opened).toHaveLength(fires ? 1 : 0);
  });
});
