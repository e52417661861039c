import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { EXPORTED_TABLES, exportTable, isExported } from "./exportTable.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  const row = (vin: string, event_time: string) => ({
    model: "m",
    vin,
    event_time,
    score: 0.5,
    model_version: "1",
    received_time: event_time,
  });
  const rows = [row("CAR1", "2026-03-01T00:00:00.000Z"), row("CAR2", "2026-03-02T00:00:00.000Z"), row("CAR3", "2026-04-01T00:00:00.000Z")];
  await test.store.insertRows("outside_scores", rows, { token: "scores" });
});
afterAll(() => test.close());

const window = { fromMs: Date.parse("2026-03-01T00:00:00Z"), toMs: Date.parse("2026-04-01T00:00:00Z") };

describe("exportTable", () => {
  it("writes the window's rows as Parquet that can be read back", async () => {
    const file = join(test.dir, "scores.parquet");
    expect(await exportTable(test.store, { table: "outside_scores", ...window, file, format: "Parquet" })).toBe(2);
    expect((await readFile(file)).subarray(0, 4).toString()).toBe("PAR1");
    const back = await test.store.query("SELECT vin FROM file({file:String}, Parquet) ORDER BY vin", z.object({ vin: z.string() }), {
      params: { file },
    });
    expect(back.map(({ vin }) => vin)).toEqual(["CAR1", "CAR2"]);
  });

  it.each(Object.keys(EXPORTED_TABLES).filter(isExported))("knows the time column of %s", async (table) => {
    const file = join(test.dir, `${table}.arrow`);
    await expect(exportTable(test.store, { table, ...window, file, format: "Arrow" })).resolves.toBeGreaterThanOrEqual(0);
  });
});
