import type { Sample } from "@bellwether/contracts/sample";
import { parseVin } from "@bellwether/contracts/vin";
import { describe, expect, it } from "vitest";
import { mergeParts } from "./mergeParts.ts";

const vin = parseVin("LTEST00000000001X") ?? never();

function partOf(part: number, cells: (number | null)[], more: Partial<Sample> = {}): Sample {
  return {
    vin,
    eventTimeMs: 0,
    receivedTimeMs: 0,
    format: "gbt32960",
    isReissue: false,
    part,
    values: { cellVoltagesV: cells },
    dtcs: [],
    quality: [],
    ...more,
  };
}

function never(): never {
  throw new Error("no VIN");
}

describe("parts of a split cell array", () => {
  it("become one sample where the first of them stood", () => {
    const other = partOf(0, [4], { eventTimeMs: 1 });
    const first = partOf(1, [3.1, 3.2, null], { values: { cellVoltagesV: [3.1, 3.2, null], socPct: 50 } });
    const second = partOf(3, [null, null, 3.3], { dtcs: [{ system: "gbt_ess", code: "0000007B" }] });
    const merged = mergeParts([second, other, first]);
    expect(merged).toEqual([{ ...first, part: 0, values: { cellVoltagesV: [3.1, 3.2, 3.3], socPct: 50 }, dtcs: second.dtcs }, other]);
  });

  it("stay apart while one is missing", () => {
    const parts = [partOf(1, [3.1, null, null, null]), partOf(3, [null, null, 3.3, 3.4])];
    expect(mergeParts(parts)).toEqual(parts);
    expect(mergeParts(parts.slice(1))).toEqual(parts.slice(1));
  });

  it("stay apart where they disagree about the number of cells", () => {
    const parts = [partOf(1, [3.1, null]), partOf(2, [null, 3.2, 3.3])];
    expect(mergeParts(parts)).toEqual(parts);
  });

  it("may carry unknown cells, which their marks tell from missing ones", () => {
    const quality = [{ signal: "cellVoltagesV", reason: "invalid" }] as const;
    const merged = mergeParts([partOf(1, [3.1, null, null], { quality }), partOf(3, [null, null, 3.3])]);
    expect(merged.map(({ part, values }) => [part, values.cellVoltagesV])).toEqual([[0, [3.1, null, 3.3]]]);
  });

  it("sent twice, as report and as reissue, count once", () => {
    const first = partOf(1, [3.1, null]);
    const merged = mergeParts([first, { ...first, isReissue: true }, partOf(2, [null, 3.2])]);
    expect(merged).toHaveLength(1);
  });

  it("of different times are not mixed", () => {
    const parts = [partOf(1, [3.1, null]), partOf(2, [null, 3.2], { eventTimeMs: 1000 })];
    expect(mergeParts(parts)).toEqual(parts);
  });
});
