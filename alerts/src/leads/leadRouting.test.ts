import fc from "fast-check";
import { expect, test } from "vitest";
import { type DealerCapacity, distanceKm, rankDealers } from "./leadRouting.ts";

const dealer = (id: string, changes: Partial<DealerCapacity> = {}): DealerCapacity => ({
  id,
  region: "north",
  skills: [],
  capacityPerWeek: 10,
  openLeads: 0,
  ...changes,
});
const question = { component: "battery_cell", region: "north", tried: [] } as const;

test.each<[string, readonly DealerCapacity[], readonly [string, number][]]>([
  [
    "a trained workshop before one that does everything",
    [dealer("a"), dealer("b", { skills: ["battery_cell"] })],
    [
      ["b", 85],
      ["a", 70],
    ],
  ],
  [
    "a free one before a busy specialist",
    [dealer("a"), dealer("b", { skills: ["battery_cell"], openLeads: 8 })],
    [
      ["a", 70],
      ["b", 53],
    ],
  ],
  ["over capacity is full, not negative", [dealer("a", { openLeads: 99 })], [["a", 30]]],
  ["not trained for it: out", [dealer("a", { skills: ["tyre"] })], []],
  ["another region: out", [dealer("a", { region: "south" })], []],
  ["unknown capacity counts as half free", [dealer("a", { capacityPerWeek: null })], [["a", 50]]],
  [
    "equal: by id",
    [dealer("b"), dealer("a")],
    [
      ["a", 70],
      ["b", 70],
    ],
  ],
])("%s", (_, dealers, expected) => {
  expect(rankDealers(question, dealers).map(({ id, score }) => [id, Math.round(score)])).toEqual(expected);
});

test("who had his chance is not asked again, and a car without region is nobody's", () => {
  expect(rankDealers({ ...question, tried: ["a"] }, [dealer("a"), dealer("b")])).toMatchObject([{ id: "b" }]);
  expect(rankDealers({ ...question, region: "" }, [dealer("a", { region: "" })])).toEqual([]);
});

const berlin = { latitudeDeg: 52.52, longitudeDeg: 13.405 };
const potsdam = { latitudeDeg: 52.3906, longitudeDeg: 13.0645 };
const paris = { latitudeDeg: 48.8566, longitudeDeg: 2.3522 };

test("distances along the great circle: Berlin to Paris 877.5 km, to itself 0, the same both ways", () => {
  expect(distanceKm(berlin, paris)).toBeCloseTo(877.5, 0);
  expect(distanceKm(paris, berlin)).toBe(distanceKm(berlin, paris));
  expect(distanceKm(berlin, berlin)).toBe(0);
  expect(distanceKm(berlin, null)).toBeNull();
});

test("the nearer of two equals comes first, also across a region's border; beyond 100 km a dealer of another region is out", () => {
  const dealers = [
    dealer("far", { region: "south", position: paris }),
    dealer("near", { region: "south", position: potsdam }),
    dealer("unknown"),
  ];
  const ranked = rankDealers({ ...question, position: berlin }, dealers);
  expect(ranked.map(({ id }) => id)).toEqual(["near", "unknown"]);
  expect(ranked[0]?.distanceKm).toBeCloseTo(27.2, 0);
});

test("a workshop of another make is out; without a model everybody may", () => {
  const dealers = [dealer("a", { brands: ["NIO"] }), dealer("b", { brands: ["Geely"] })];
  expect(rankDealers({ ...question, model: "nio ES8" }, dealers).map(({ id }) => id)).toEqual(["a"]);
  expect(rankDealers(question, dealers)).toHaveLength(2);
});

test("law: scores lie between 0 and 100 and the order of the dealers does not matter", () => {
  const any = fc.record({
    id: fc.string({ minLength: 1 }),
    region: fc.constant("north"),
    skills: fc.constantFrom([], ["battery_cell"]),
    capacityPerWeek: fc.option(fc.integer({ min: 1, max: 50 })),
    openLeads: fc.nat(80),
  });
  fc.assert(
    fc.property(fc.uniqueArray(any, { selector: ({ id }) => id }), (dealers) => {
      const ranked = rankDealers(question, dealers);
      for (const { score } of ranked) expect(score >= 0 && score <= 100).toBe(true);
      expect(rankDealers(question, dealers.toReversed())).toEqual(ranked);
    }),
  );
});
