import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_RULES_DIR } from "../catalogue.ts";
import { readRule } from "../rules/readRules.ts";
import { createSeeder } from "../testing/seed.ts";
import { explain } from "./explain.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const MINUTE = 60_000;
let test: TestStore;

async function rule() {
  const file = "cell-under-voltage.yaml";
  const read = readRule(file, await readFile(`${DEFAULT_RULES_DIR}/${file}`, "utf8"));
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.value;
}

beforeAll(async () => {
  test = await openTestStore();
  const volts = [3.9, 2.4, 2.4, 2.4, 3.9, null];
  await createSeeder(test.store).land(
    volts.map((cell_voltage_min_v, i) => ({ vin: "CAR1", atMs: START_MS + i * MINUTE, cell_voltage_min_v })),
  );
  await test.store.insertRows("vehicles", [{ vin: "CAR1", model: "m1", chemistry: "LFP", region: "CN", revision: 1 }], { token: "v" });
});
afterAll(() => test.close());

const at = async (minutes: number) => explain(test.store, await rule(), { vin: "CAR1", askedMs: START_MS + minutes * MINUTE });

describe("explain", () => {
  it("names the clause that did not hold, with both sides and where the limit came from", async () => {
    const told = await at(1);
    expect(told.condition).toMatchObject([
      { text: "cell_voltage_min_v < {limit_v}", holds: false, operator: "<", right: 2.2 },
      { holds: true, right: 1.5 },
    ]);
    expect(told.condition[0]?.left).toBeCloseTo(2.4, 5);
    expect(told.parameters.limit_v).toEqual({ value: 2.2, from: "chemistry LFP" });
    expect(told.verdict).toMatch(/^Not fired at 2026-03-01T00:01:00Z: cell_voltage_min_v < \{limit_v\} \(2\.4\d* < 2\.2\) did not hold/);
  });

  it("says what was missing", async () => {
    const told = await at(10);
    expect(told).toMatchObject({ atMs: START_MS + 5 * MINUTE, state: "unknown" });
    expect(told.verdict).toBe(
      "Not evaluated at 2026-03-01T00:05:00Z: cell_voltage_min_v missing. 1 of 6 reports in 30 days could not be judged.",
    );
  });

  it("says that there was nothing to judge", async () => {
    const told = await explain(test.store, await rule(), { vin: "NOBODY", askedMs: START_MS });
    expect(told.verdict).toMatch(/^No report/);
    expect(told.verdictZh).toMatch(/没有上报，无法判定。$/);
  });
});
