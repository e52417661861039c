import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_RULES_DIR } from "../catalogue.ts";
import { createSeeder } from "../testing/seed.ts";
import { compileRule, STATE_CODES } from "./compile.ts";
import { parseExpression } from "./expression.ts";
import { ACCEPTED } from "./fixtures/conditions.ts";
import { type Rule, readRule } from "./readRules.ts";
import { stateRowsSql } from "./stateRows.ts";

/** Whatever the parser lets through the database can run, and it means what `fixtures/conditions.ts` says. */

const AT_MS = Date.parse("2026-03-01T12:00:00Z");
const REPORT = {
  soc_pct: 50,
  pack_voltage_v: 0,
  pack_current_a: -2,
  charge_state: "not_charging",
  brake_on: true,
  alarm_flags: 6,
  cell_voltages_v: [3.6, 3.7],
};
let test: TestStore;
let plain: Rule;

beforeAll(async () => {
  test = await openTestStore();
  await createSeeder(test.store).land([{ vin: "CONDITION1", atMs: AT_MS, ...REPORT }]);
  const read = readRule("plain.yaml", await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8"));
  if (!read.ok) throw new Error(read.problems.join("\n"));
  plain = read.value;
});
afterAll(() => test.close());

function ruleWith(text: string): Rule {
  const parsed = parseExpression(text, { parameters: new Set(["limit"]) });
  if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.message}`);
  return {
    ...plain,
    condition: parsed.expression,
    parameters: { ...plain.parameters, limit: { default: 40, min: 0, max: 100, unit: "" } },
  };
}

describe("conditions that are accepted", () => {
  it("run, and hold, do not hold or are unknown as they say", async () => {
    const sql = stateRowsSql(
      ACCEPTED.map(([text]) => compileRule(ruleWith(text))),
      { rowFilter: "1", lookbackMs: 86_400_000 },
    );
    const [row] = await test.store.query(sql, z.object({ states: z.array(z.number()) }), {
      params: { vins: ["CONDITION1"], froms: [AT_MS - 1], until: AT_MS },
    });
    const holds = (row?.states ?? []).map((state) => (state === STATE_CODES.unknown ? null : state === STATE_CODES.firing));
    expect(ACCEPTED.filter(([, expected], i) => holds[i] !== expected).map(([text]) => text)).toEqual([]);
  });
});
