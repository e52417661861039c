import fc from "fast-check";
import { expect, test } from "vitest";
import { type DealerCapacity, rankDealers } from "./leadRouting.ts";

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
      ["b", 100],
      ["a", 80],
    ],
  ],
  [
    "a free one before a busy specialist",
    [dealer("a"), dealer("b", { skills: ["battery_cell"], openLeads: 8 })],
    [
      ["a", 80],
      ["b", 52],
    ],
  ],
  ["over capacity is full, not negative", [dealer("a", { openLeads: 99 })], [["a", 20]]],
  ["not trained for it: out", [dealer("a", { skills: ["tyre"] })], []],
  ["another region: out", [dealer("a", { region: "south" })], []],
  ["unknown capacity counts as half free", [dealer("a", { capacityPerWeek: null })], [["a", 50]]],
  [
    "equal: by id",
    [dealer("b"), dealer("a")],
    [
      ["a", 80],
      ["b", 80],
    ],
  ],
])("%s", (_, dealers, expected) => {
  expect(rankDealers(question, dealers).map(({ id, score }) => [id, Math.round(score)])).toEqual(expected);
});

test("who had his chance is not asked again, and a car without region is nobody's", () => {
  expect(rankDealers({ ...question, tried: ["a"] }, [dealer("a"), dealer("b")])).toMatchObject([{ id: "b" }]);
  expect(rankDealers({ ...question, region: "" }, [dealer("a", { region: "" })])).toEqual([]);
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
