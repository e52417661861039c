import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES_DIR } from "../catalogue.ts";
import { diffRules } from "./diffRules.ts";
import { editYaml } from "./ruleFiles.ts";

describe("editing a rule file", () => {
  it("changes what was asked for and keeps comments", async () => {
    const before = `# Who changes this asks the battery team first.\n${await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8")}`;
    const after = editYaml(before, [
      { path: ["version"], value: 2 },
      { path: ["parameters", "limit_v", "default"], value: 2.65 },
    ]);
    expect(after).toMatch(/^# Who changes this asks/);
    expect(diffRules(before, after)).toEqual([
      { field: "version", before: 1, after: 2 },
      { field: "parameters.limit_v.default", before: 2.7, after: 2.65 },
    ]);
    expect(diffRules(after, before)).toHaveLength(2);
  });
});
