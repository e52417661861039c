import { isStandardVin } from "@bellwether/contracts/vin";
import { describe, expect, it } from "vitest";
import { makeVin, vinCheckDigit } from "./makeVin.ts";

describe("VIN", () => {
  it("has the check digit of the regulation's worked examples", () => {
    // 49 CFR 565.15 tables; 1M8GDM9AXKP042788 is the usual worked example, seventeen ones the usual test.
    expect(vinCheckDigit("1M8GDM9A_KP042788")).toBe("X");
    expect(vinCheckDigit("11111111111111111")).toBe("1");
  });

  it("is standard and carries its own check digit", () => {
    for (let serial = 1; serial < 300; serial++) {
      const vin = makeVin("E6A4N", 2023 + (serial % 4), serial);
      expect(isStandardVin(vin)).toBe(true);
      expect(vin[8]).toBe(vinCheckDigit(vin));
    }
  });
});
