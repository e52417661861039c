import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readRule } from "./readRules.ts";

const DIR = fileURLToPath(new URL("fixtures", import.meta.url));
const names = (folder: string) => readdirSync(`${DIR}/${folder}`).filter((name) => name.endsWith(".yaml"));
const read = (folder: string, name: string) => readFileSync(`${DIR}/${folder}/${name}`, "utf8");
const problemsOf = (name: string, text: string) => {
  const result = readRule(name, text);
  return result.ok ? [] : result.problems;
};

describe("rule files", () => {
  it.each(names("good"))("good: %s", (name) => {
    expect(problemsOf(name, read("good", name))).toEqual([]);
  });

  /** A bad file says in its first lines what the loader must say about it. */
  it.each(names("bad"))("bad: %s", (name) => {
    const text = read("bad", name);
    const expected = [...text.matchAll(/^# expect (.*)$/gm)].map((match) => match[1] ?? "");
    const problems = problemsOf(name, text);
    expect(expected.length).toBeGreaterThan(0);
    for (const line of expected) expect(problems.join("\n")).toContain(line);
    for (const problem of problems) expect(problem).toMatch(/^[a-z-]+\.yaml:\d+:\d+ /);
  });

  it("bad: not YAML", () => {
    expect(problemsOf("not-yaml.yaml", "id: a\ntitle: {{ ]\n")[0]).toMatch(/^not-yaml\.yaml:2:\d+ not YAML: /);
  });
});
