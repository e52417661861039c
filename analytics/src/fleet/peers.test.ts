import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PeerGroup, peerPercentile, peerReadings, peerZ } from "./peers.ts";

const group = (over: Partial<PeerGroup>): PeerGroup => ({
  kind: "model",
  name: "M",
  vehicles: 99,
  median: 10,
  mad: 2,
  quantiles: Array.from({ length: 21 }, (_, i) => i),
  ...over,
});

describe("peers", () => {
  it("give known values", () => {
    expect(peerZ(group({}), 16, 0.1)).toBeCloseTo(2.0235, 3);
    expect(peerZ(group({ mad: 0 }), 11, 0.5)).toBe(2);
    expect(peerPercentile(group({}), 5)).toBe(25);
    expect(peerPercentile(group({}), 5.5)).toBe(27.5);
    expect(peerPercentile(group({}), -3)).toBe(1);
    expect(peerPercentile(group({}), 99)).toBe(99);
    expect(peerPercentile(group({ quantiles: Array.from({ length: 21 }, () => 7) }), 7)).toBe(50);
  });

  it("rank higher values higher, inside 0..100", () => {
    const quantiles = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 21, maxLength: 21 });
    fc.assert(
      fc.property(
        quantiles,
        fc.double({ min: -2e3, max: 2e3, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (all, x, more) => {
          const g = group({ quantiles: all.toSorted((a, b) => a - b) });
          const [low, high] = [peerPercentile(g, x), peerPercentile(g, x + more)];
          expect(low).toBeGreaterThan(0);
          expect(high).toBeLessThan(100);
          expect(high).toBeGreaterThanOrEqual(low - 1e-9);
        },
      ),
    );
  });

  it("say that there are none", () => {
    expect(peerReadings(null, 3)).toMatchObject({ peer_percentile: null, peer_vehicles: 0 });
    expect(peerReadings(group({}), 5)).toMatchObject({ peer_percentile: 25, peer_group: "model M", peer_vehicles: 99 });
  });
});
