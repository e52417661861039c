import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesWithColumns, numberIn, readRows, requireFiles } from "./tables.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bellwether-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function rowsOf(name: string) {
  const rows = [];
  for await (const row of readRows(join(folder, name))) rows.push(row);
  return rows;
}

describe("tables of a folder", () => {
  it("are found by their columns, whatever they are called, gzipped or not", async () => {
    writeFileSync(join(folder, "a.csv"), "vehicle,week\n1,0\n");
    writeFileSync(join(folder, "b.csv.gz"), gzipSync("week,x,vehicle\n1,2,3\n"));
    writeFileSync(join(folder, "c.csv"), "vehicle\n1\n");
    writeFileSync(join(folder, "README.md"), "vehicle,week\n");
    expect(await filesWithColumns(folder, ["vehicle", "week"])).toEqual([join(folder, "a.csv"), join(folder, "b.csv.gz")]);
  });

  it("say in one line which columns are missing", async () => {
    writeFileSync(join(folder, "a.csv"), "vehicle,week\n1,0\n");
    await expect(requireFiles(folder, ["vehicle", "capacity"])).rejects.toMatchObject({
      code: "input_unreadable",
      message: expect.stringMatching(/a\.csv, the closest, lacks: capacity$/),
    });
    await expect(requireFiles(join(folder, "none"), ["vehicle"])).rejects.toMatchObject({ code: "input_unreadable" });
  });

  it("are read row by row, and a damaged file is unusable input, not a crash", async () => {
    writeFileSync(join(folder, "a.csv"), 'vehicle,name\n1,"a, b"\n');
    expect(await rowsOf("a.csv")).toEqual([{ vehicle: "1", name: "a, b" }]);
    writeFileSync(join(folder, "bad.csv"), 'vehicle,name\n1,a,b\n2\n3,"c\n');
    await expect(rowsOf("bad.csv")).rejects.toMatchObject({ code: "input_unreadable" });
  });

  it("are read as far as they go where the recording was cut off", async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `${i},${(i * 7919) % 10_007}`);
    const packed = gzipSync(`vehicle,week\r\n${lines.join("\r\n")}\r\n`);
    writeFileSync(join(folder, "cut.csv.gz"), packed.subarray(0, packed.length / 2));
    const rows = await rowsOf("cut.csv.gz");
    expect(rows.length).toBeGreaterThan(500);
    expect(rows.every(({ vehicle, week }) => Number(week) === (Number(vehicle) * 7919) % 10_007)).toBe(true);
    writeFileSync(join(folder, "cut.csv"), "vehicle,week\n1,0\n2,1\n3");
    expect(await rowsOf("cut.csv")).toEqual([
      { vehicle: "1", week: "0" },
      { vehicle: "2", week: "1" },
    ]);
  });

  it("leave out what only has their name: empty, not text, no CSV, cut off within the header", async () => {
    writeFileSync(join(folder, "a.csv"), "vehicle,week\n1,0\n");
    writeFileSync(join(folder, "b.csv"), "");
    writeFileSync(join(folder, "c.csv"), '"vehicle,week\n1,"2\n\0');
    writeFileSync(join(folder, "d.csv.gz"), "vehicle,week\n1,0\n");
    writeFileSync(join(folder, "e.csv.gz"), gzipSync("vehicle,week\n1,0\n").subarray(0, 12));
    expect(await filesWithColumns(folder, ["vehicle", "week"])).toEqual([join(folder, "a.csv")]);
  });

  it("give null for what is missing or not a number", () => {
    expect([numberIn({ a: " 1.5" }, "a"), numberIn({ a: "" }, "a"), numberIn({ a: "x" }, "a"), numberIn({}, "a")]).toEqual([
      1.5,
      null,
      null,
      null,
    ]);
  });
});
