import { describe, expect, it } from "vitest";
import { coldOn } from "./coldForecasts.ts";

describe("coldOn", () => {
  it("is the coldest of what holds for the region on the day, and nothing elsewhere or at another time", () => {
    const forecasts = [
      { region: "north", fromDay: "2026-11-01", untilDay: "2027-02-28", minC: -14 },
      { region: "north", fromDay: "2026-12-01", untilDay: "2026-12-10", minC: -19 },
      { region: "south", fromDay: "2026-11-01", untilDay: "2027-02-28", minC: 6 },
    ];
    expect(coldOn(forecasts, "north", "2026-11-01")).toBe(-14);
    expect(coldOn(forecasts, "north", "2026-12-10")).toBe(-19);
    expect(coldOn(forecasts, "north", "2027-03-01")).toBeNull();
    expect(coldOn(forecasts, "east", "2026-12-05")).toBeNull();
  });
});
