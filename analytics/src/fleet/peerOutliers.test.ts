import { createRandom } from "@bellwether/simulator/random";
import { median, medianAbsoluteDeviation } from "simple-statistics";
import { expect, it } from "vitest";
import { peerOutliers, WATCHED } from "./peerOutliers.ts";
import type { PeerGroup } from "./peers.ts";

const [resistance] = WATCHED;

function review(values: readonly number[]) {
  const group: PeerGroup = {
    kind: "model",
    name: "M",
    vehicles: values.length,
    median: median([...values]),
    mad: medianAbsoluteDeviation([...values]),
    quantiles: [],
  };
  const vehicles = values.map((value, i) => ({ vin: `V${i}`, value }));
  return resistance === undefined ? [] : peerOutliers(resistance, group, vehicles);
}

it("lists faulty vehicles, and next to no healthy one in a hundred groups of noise", () => {
  const random = createRandom(9);
  const healthy = () => Array.from({ length: 200 }, () => random.normal(80, 4));
  let listed = 0;
  for (let i = 0; i < 100; i++) listed += review(healthy()).length > 0 ? 1 : 0;
  expect(listed).toBeLessThan(15);
  const found = review([...healthy(), 110, 115]);
  expect(found.slice(0, 2).map(({ vin }) => vin)).toEqual(["V201", "V200"]);
});

it("takes a trifle in a group of equals for a trifle, and the good side for good", () => {
  expect(review([...Array.from({ length: 50 }, () => 80), 82])).toEqual([]);
  expect(review([...Array.from({ length: 50 }, (_, i) => 80 + (i % 5)), 20])).toEqual([]);
});
