import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { settingNamesOf } from "../catalogue.ts";
import { readDetectorTexts, readRule } from "./readRules.ts";

const DIR = fileURLToPath(new URL("fixtures", import.meta.url));
const names = (folder: string) => readdirSync(`${DIR}/${folder}`).filter((name) => name.endsWith(".yaml"));
const read = (folder: string, name: string) => readFileSync(`${DIR}/${folder}/${name}`, "utf8");
const problemsOf = (name: string, text: string) => {
  const result = readRule(name, text);
  return result.ok ? [] : result.problems;
};

/** What a folder's files must say of themselves in their first lines, line and column included, and the loader of them. */
function expectRefusal(name: string, text: string, problems: readonly string[]): void {
  const expected = [...text.matchAll(/^# expect (.*)$/gm)].map((match) => match[1] ?? "");
  expect(expected.length).toBeGreaterThan(0);
  for (const line of expected) expect(problems.join("\n")).toContain(`${name}:${line}`);
  for (const problem of problems) expect(problem).toMatch(/^[a-z-]+\.yaml:\d+:\d+ /);
  expect(problems.every((problem) => problem.startsWith(name))).toBe(true);
}

describe("rule files", () => {
  it.each(names("good"))("good: %s", (name) => {
    expect(problemsOf(name, read("good", name))).toEqual([]);
  });

  /** A bad file says in its first lines what the loader must say about it. */
  it.each(names("bad"))("bad: %s", (name) => {
    const text = read("bad", name);
    expectRefusal(name, text, problemsOf(name, text));
  });
});

describe("detector files", () => {
  const problemsOf = (name: string, text: string) => {
    const result = readDetectorTexts(name, text, settingNamesOf);
    return result.ok ? [] : result.problems;
  };

  it.each(names("detectors/good"))("good: %s", (name) => {
    expect(problemsOf(name, read("detectors/good", name))).toEqual([]);
  });

  it.each(names("detectors/bad"))("bad: %s", (name) => {
    const text = read("detectors/bad", name);
    expectRefusal(name, text, problemsOf(name, text));
  });
});
