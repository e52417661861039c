import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStandardVin, parseVin } from "./vin.ts";

describe("parseVin", () => {
  it("trims NULs and blanks and upper-cases", () => {
    expect(parseVin(" lfwadrjf011002346\0\0")).toBe("LFWADRJF011002346");
  });

  it("accepts the shorter ids terminals put into the VIN field", () => {
    expect(parseVin("H8220650000000000")).toBe("H8220650000000000");
    expect(parseVin("TERMINAL-7")).toBe("TERMINAL-7");
  });

  it("refuses empty, over-long and foreign text", () => {
    for (const text of ["", "\0\0", "A".repeat(33), "车辆", "A B"]) expect(parseVin(text)).toBeNull();
  });

  it("tells a standard VIN from an identifier", () => {
    const standard = parseVin("1G1BL52P7TR115520");
    const withO = parseVin("1O1BL52P7TR115520");
    expect(standard !== null && isStandardVin(standard)).toBe(true);
    expect(withO !== null && isStandardVin(withO)).toBe(false);
  });

  it("is idempotent", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = parseVin(text);
        expect(once === null ? null : parseVin(once)).toBe(once);
      }),
    );
  });
});
