import { describe, expect, it } from "vitest";
import { OCV_TABLES, ocvMv } from "./ocv.ts";

describe("open-circuit voltage", () => {
  it("never falls with charge", () => {
    for (const table of Object.values(OCV_TABLES)) {
      for (let i = 1; i < table.length; i++) expect(table[i] ?? 0).toBeGreaterThanOrEqual(table[i - 1] ?? 0);
    }
  });

  it("rises 4–12 mV per percent in NCM and stays flat in the middle of LFP", () => {
    for (let pct = 20; pct < 95; pct += 5) {
      const slope = (chemistry: "NCM" | "LFP") => ocvMv(chemistry, (pct + 1) / 100) - ocvMv(chemistry, pct / 100);
      expect(slope("NCM")).toBeGreaterThanOrEqual(4);
      expect(slope("NCM")).toBeLessThanOrEqual(12);
      expect(slope("LFP")).toBeLessThan(4);
    }
    expect(ocvMv("NCM", 1)).toBeCloseTo(4180, 0);
    expect(ocvMv("LFP", 0.5)).toBeCloseTo(3294, 0);
  });

  it("is held outside −20…120 %", () => {
    expect(ocvMv("NCM", -3)).toBeCloseTo(1600, 0);
    expect(ocvMv("LFP", 9)).toBeCloseTo(4200, 0);
  });
});
