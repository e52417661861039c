import { describe, expect, it } from "vitest";
import { loadCodeTable, meaningOf, textsOf } from "./codeTable.ts";
import { readingOfText } from "./j2012.ts";

const table = loadCodeTable();

describe("the code table", () => {
  it("holds the 104 codes of its source, each spelled as J2012 spells it", () => {
    const codes = Object.keys(table.codes);
    expect(codes).toHaveLength(104);
    for (const code of codes) expect(readingOfText(code)?.code).toBe(code);
  });

  it("says what a code means, and of a UDS code what is wrong", () => {
    expect(meaningOf(table, { system: "obd", code: "P0A80" })).toEqual({
      meaning: "replace pack",
      meaningZh: "需更换动力电池",
      system: "battery health",
      component: "battery",
      urgency: 3,
    });
    expect(meaningOf(table, { system: "uds", code: "P0AA6-1A", failureType: 0x1a })).toMatchObject({
      urgency: 4,
      failure: "resistance below threshold",
    });
  });

  it("keeps code systems apart", () => {
    expect(meaningOf(table, { system: "tesla", code: "P0A80" })).toBeNull();
    expect(meaningOf(table, { system: "obd", code: "constructor" })).toBeNull();
  });

  it("prefers the maker's entry of the longest prefix", () => {
    const entry = (meaning: string) => ({
      P1A00: { meaning, meaningZh: meaning, system: "battery", component: "battery" as const, urgency: 1 },
    });
    const own = { ...table, makers: { LTE: entry("of the maker"), LTESTB: entry("of the bus") } };
    const reading = { system: "obd", code: "P1A00" } as const;
    expect(meaningOf(own, reading, "LTESTB0000000001X")?.meaning).toBe("of the bus");
    expect(meaningOf(own, reading, "LTESTA0000000001X")?.meaning).toBe("of the maker");
    expect(meaningOf(own, reading, "VTESTA0000000001X")).toBeNull();
  });

  it("names the words for brake faults, and a maker may name its own", () => {
    expect(meaningOf(table, { system: "obd", code: "U0129" })).toMatchObject({ component: "brake_system", texts: "brake-system-codes" });
    expect(meaningOf(table, { system: "obd", code: "C004A" })?.texts).toBeUndefined();
    const maker = {
      meaning: "level",
      meaningZh: "液位",
      system: "brakes",
      component: "brake_fluid",
      urgency: 4,
      texts: "own-words",
    } as const;
    const own = { ...table, makers: { LTE: { C0049: maker } } };
    expect(meaningOf(own, { system: "obd", code: "C0049" }, "LTESTA0000000001X")).toMatchObject({ urgency: 4, texts: "own-words" });
    expect(textsOf(own)).toEqual(["brake-fluid-codes", "brake-system-codes", "own-words"]);
  });

  it("is refused where it is none", () => {
    expect(() => loadCodeTable(new URL("./codeTable.ts", import.meta.url))).toThrow(/expected a table of trouble codes/);
  });
});
