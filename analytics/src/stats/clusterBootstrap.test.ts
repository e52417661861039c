import { createRandom } from "@bellwether/simulator/random";
import { expect, it } from "vitest";
import { clusterBootstrap } from "./clusterBootstrap.ts";

it("draws clusters, not values: copies within a cluster do not narrow it", () => {
  const clusters = Array.from({ length: 20 }, (_, i) => [i]);
  const alone = clusterBootstrap(clusters, { unit: createRandom(1).unit });
  const copied = clusterBootstrap(
    clusters.map(([v]) => Array.from({ length: 50 }, () => v ?? 0)),
    { unit: createRandom(1).unit },
  );
  expect(copied?.[0]).toBeCloseTo(alone?.[0] ?? 0, 10);
  expect(copied?.[1]).toBeCloseTo(alone?.[1] ?? 0, 10);
});

it("is about the mean +- 1.96 standard errors: of 0..99 that is 49.5 +- 5.66", () => {
  const interval = clusterBootstrap(
    Array.from({ length: 100 }, (_, i) => [i]),
    { unit: createRandom(2).unit },
  );
  expect(interval?.[0]).toBeGreaterThan(42.8);
  expect(interval?.[0]).toBeLessThan(44.8);
  expect(interval?.[1]).toBeGreaterThan(54.2);
  expect(interval?.[1]).toBeLessThan(56.2);
});

it("is null below three clusters, empty ones not counted", () => {
  expect(clusterBootstrap([[1], [2], []], { unit: () => 0 })).toBeNull();
});
