import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES_DIR } from "../../catalogue.ts";
import { readRule } from "../../rules/readRules.ts";
import { type Lane, planLanes } from "./lanes.ts";
import { prefilterOf } from "./prefilter.ts";

const TEXT = await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8");
const read = readRule("cell-under-voltage.yaml", TEXT);
if (!read.ok) throw new Error(read.problems.join("\n"));
const rule = read.value;

function lanes(values: readonly number[]): readonly Lane[] {
  const planned = planLanes(rule, values.length === 0 ? [] : [{ parameter: "limit_v", values }]);
  return planned.ok ? planned.lanes : [];
}
const filterOf = (values: readonly number[]) => prefilterOf(rule, [...lanes([]), ...lanes(values)], []);

describe("the test of a single row that misses no firing", () => {
  it("asks nothing of the present limit of 2.7 V where the swept ones lie on both sides of it", () => {
    const around = filterOf([2, 2.5, 3]);
    expect(around).toEqual({ ...prefilterOf(rule, lanes([2, 2.5, 3]), []) });
    expect(around.mayFireSql).toBe("ifNull(((cell_voltage_min_v < 3) AND (cell_voltage_min_v > 1.5)), 0)");
    expect(around.calmSql).not.toContain("2.7");
    expect(filterOf([2, 2.7]).mayFireSql).not.toContain(" OR ");
  });

  it("asks for it where all swept ones lie on one side", () => {
    expect(filterOf([2.8, 3]).calmSql).toContain("2.7");
    expect(filterOf([2, 2.2]).mayFireSql).toContain("(cell_voltage_min_v < 2.7)");
  });

  it("counts what could not be decided at the present limit, whatever is swept", () => {
    const unknown = "isNull(((cell_voltage_min_v < 2.7) AND (cell_voltage_min_v > 1.5)))";
    expect([filterOf([]), filterOf([2, 3]), filterOf([2.8])].map(({ unknownSql }) => unknownSql)).toEqual([unknown, unknown, unknown]);
  });
});
