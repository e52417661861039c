import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCsvRecords } from "./csvRecords.ts";
import { readLabelsCsv } from "./labelsFile.ts";

const nowMs = Date.parse("2026-06-01T00:00:00Z");

describe("readLabelsCsv", () => {
  it("takes the good rows and lists the bad ones with their line", () => {
    const text = [
      "vin,component,outcome,at",
      "CAR1,battery_cell,confirmed,2026-05-01",
      "CAR2,battery_cell,confirmed,2031-05-01",
      "NOBODY,battery_cell,confirmed,2026-05-01",
      "CAR1,engine,confirmed,2026-05-01",
      'CAR2,tyre,no_fault_found,"2026-05-02T10:00:00+08:00"',
    ].join("\n");
    const { labels, problems } = readLabelsCsv(text, { nowMs, isKnown: (vin) => vin !== "NOBODY" });
    expect(labels).toEqual([
      { id: "CAR1/battery_cell/2026-05-01", vin: "CAR1", component: "battery_cell", outcome: "confirmed", atMs: Date.parse("2026-05-01") },
      {
        id: "CAR2/tyre/2026-05-02T10:00:00+08:00",
        vin: "CAR2",
        component: "tyre",
        outcome: "no_fault_found",
        atMs: Date.parse("2026-05-02T02:00:00Z"),
      },
    ]);
    expect(problems).toEqual([
      "line 3: at: expected a date from 2000 until today, got 2031-05-01",
      "line 4: vin: NOBODY is not a vehicle of this fleet",
      expect.stringMatching(/^line 5: component: /),
    ]);
  });

  it("says of every row of the example file what the row itself expects", () => {
    const text = readFileSync(fileURLToPath(new URL("../fixtures/labels-with-bad-rows.csv", import.meta.url)), "utf8");
    const expected = (readCsvRecords(text) ?? []).map(({ record, line }) => ({ line, said: record.expected ?? "" }));
    const { labels, problems } = readLabelsCsv(text, { nowMs, isKnown: (vin) => vin !== "NOBODY" });
    const bad = expected.filter(({ said }) => said !== "lands");
    expect(labels).toHaveLength(expected.length - bad.length);
    expect(problems).toHaveLength(bad.length);
    bad.forEach(({ line, said }, i) => {
      expect(problems[i]?.startsWith(`line ${line}: ${said}`), problems[i]).toBe(true);
    });
  });

  it("says what stands in a cell, and of a bad date not that its vehicle is unknown, which callers ask of good rows only", () => {
    const text = "vin,component,outcome,at\nCAR1,engine,confirmed,2026-05-01\nCAR2,tyre,confirmed,2031-05-01";
    const { problems } = readLabelsCsv(text, { nowMs, isKnown: () => false });
    expect(problems[0]).toMatch(/^line 2: component: expected one of .*, vehicle, got "engine"$/);
    expect(problems[1]).toBe("line 3: at: expected a date from 2000 until today, got 2031-05-01");
  });

  it("refuses what is not a table", () => {
    expect(readLabelsCsv('a,b\n"open', { nowMs }).problems).toHaveLength(1);
  });
});
