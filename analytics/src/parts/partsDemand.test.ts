import { describe, expect, it } from "vitest";
import { partsDemand } from "./partsDemand.ts";

const PRIOR = { rate: 0.01, weight: 4 };

describe("partsDemand", () => {
  it("is nearly Poisson where much is known", () => {
    // 10,000 events in a million vehicle-weeks; 1,000 ahead: 10 expected, 95 % of Poisson(10) is 15.
    const stock = partsDemand({ events: 10_000, exposure: 1_000_000, prior: PRIOR, aheadExposure: 1000, partShare: 1 });
    expect(stock).toEqual({ low: 6, central: 10, high: 15 });
  });

  it("is wider where little is known, around the same mean", () => {
    const stock = partsDemand({ events: 0, exposure: 0, prior: PRIOR, aheadExposure: 1000, partShare: 1 });
    expect(stock.high).toBeGreaterThan(18);
    expect(stock.low).toBeLessThan(6);
  });

  it("counts only the share of events that need the part, and nothing without exposure or history", () => {
    const half = partsDemand({ events: 10_000, exposure: 1_000_000, prior: PRIOR, aheadExposure: 1000, partShare: 0.5 });
    expect(half.central).toBe(5);
    expect(partsDemand({ events: 0, exposure: 0, prior: { rate: 0, weight: 4 }, aheadExposure: 10, partShare: 1 }).high).toBe(0);
    expect(partsDemand({ events: 5, exposure: 10, prior: PRIOR, aheadExposure: 0, partShare: 1 }).high).toBe(0);
  });
});
