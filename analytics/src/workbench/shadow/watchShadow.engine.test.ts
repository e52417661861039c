import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_RULES_DIR } from "../../catalogue.ts";
import { readRule } from "../../rules/readRules.ts";
import { createSeeder } from "../../testing/seed.ts";
import { stabilityIndex, watchShadow } from "./watchShadow.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
let test: TestStore;

/** 200 reports a day for four days; from the third day on a tenth lacks the voltage and the rest is 0.1 V lower. */
beforeAll(async () => {
  test = await openTestStore();
  const rows = Array.from({ length: 800 }, (_, i) => {
    const isLater = i >= 400;
    const volts = 3.5 + ((i * 37) % 100) / 1000 - (isLater ? 0.1 : 0);
    return { vin: "CAR1", atMs: START_MS + i * (DAY_MS / 200), cell_voltage_min_v: isLater && i % 10 === 0 ? null : volts };
  });
  await createSeeder(test.store).land(rows);
  await test.store.insertRows("vehicles", [{ vin: "CAR1", model: "m1", chemistry: "NMC", region: "CN", revision: 1 }], { token: "v" });
});
afterAll(() => test.close());

describe("watchShadow", () => {
  it("sees that a signal goes missing and that its distribution moves", async () => {
    const file = "cell-under-voltage.yaml";
    const read = readRule(file, await readFile(`${DEFAULT_RULES_DIR}/${file}`, "utf8"));
    if (!read.ok) throw new Error(read.problems.join("\n"));
    const before = { fromMs: START_MS, toMs: START_MS + 2 * DAY_MS };
    const watch = await watchShadow(test.store, read.value, {
      before,
      now: { fromMs: before.toMs, toMs: START_MS + 4 * DAY_MS },
      budget: 5,
    });
    expect(watch).toMatchObject({ firings: 0, sequential: { verdict: "go on" } });
    expect(watch.models).toMatchObject([{ model: "m1", reports: 400, notEvaluated: { before: 0, now: 0.1 } }]);
    expect(watch.models[0]?.psi.cell_voltage_min_v).toBeGreaterThan(1);
  });

  it("has an index of 0 for the same shape", () => {
    expect(stabilityIndex([10, 20, 30], [100, 200, 300])).toBeCloseTo(0, 12);
    expect(stabilityIndex([50, 50], [25, 75])).toBeCloseTo(0.25 * Math.log(1.5) - 0.25 * Math.log(0.5), 12);
  });
});
