import { expect, test } from "vitest";
import { type Recall, warrantyOf } from "./leadWarranty.ts";
import { workOf } from "./leadWork.ts";

const about = {
  parts: { en: ["Cell module", "Fuse"], zh: ["模组", "保险丝"] },
  operations: { en: ["Measure at rest"], zh: ["静置后测量"] },
};
const visit = (parts: string[] | null, operations: string[] | null = null) => ({ parts, operations });

test("a part's probability is its share of the confirmed visits that said what they used, in either language", () => {
  const visits = [
    ...Array.from({ length: 6 }, () => visit(["cell module "])),
    ...Array.from({ length: 2 }, () => visit(["模组", "Seal", "seal"])),
    visit([]),
    visit(null, ["Measure at rest"]),
  ];
  const { partsNeeded, operationsSuggested, alternatives } = workOf(about, visits);
  expect(partsNeeded[0]).toMatchObject({ visits: 9, used: 8, probability: 8 / 9, basis: "confirmed_visits" });
  expect(partsNeeded[1]).toMatchObject({ used: 0, probability: 0 });
  expect(partsNeeded[0]?.low).toBeLessThan(8 / 9);
  expect(operationsSuggested[0]).toMatchObject({ visits: 1, used: 1, probability: null, basis: "unknown" });
  expect(alternatives).toEqual([{ kind: "part", name: "seal", visits: 9, used: 2 }]);
});

test("with few visits a part is unknown, never 0 or 1", () => {
  const { partsNeeded, alternatives } = workOf(about, [visit(["Fuse"])]);
  expect(partsNeeded.map(({ probability, basis }) => [probability, basis])).toEqual([
    [null, "unknown"],
    [null, "unknown"],
  ]);
  expect(alternatives).toEqual([]);
});

const recall = (component: Recall["component"], state: Recall["state"]): Recall => ({
  ...{ campaign: "R-1", component, title: "Module bolts", state, openedOn: "2026-01-01" },
});
const base = {
  component: "battery_cell",
  observedOn: "2027-05-01",
  warrantyUntil: "2028-01-01",
  sohLimitPct: 70,
  goodwillUntil: null,
  recalls: null,
} as const;

test("who pays follows from an open recall, then from the battery's warranty, then from goodwill, and is null where something is missing", () => {
  expect(warrantyOf(base)).toMatchObject({ status: "in_warranty", payer: "warranty_claim", recall: null, recalls: null });
  expect(warrantyOf({ ...base, warrantyUntil: "2027-04-30" })).toMatchObject({ status: "expired", payer: null });
  expect(warrantyOf({ ...base, warrantyUntil: "2027-04-30", recalls: [] })).toMatchObject({
    status: "expired",
    recall: "none",
    payer: "owner",
  });
  const over = { ...base, warrantyUntil: "2027-04-30", recalls: [] };
  expect(warrantyOf({ ...over, goodwillUntil: "2027-05-01" })).toMatchObject({ goodwill: "open", payer: "goodwill_request" });
  expect(warrantyOf({ ...over, goodwillUntil: "2027-04-30" })).toMatchObject({ goodwill: "ended", payer: "owner" });
  expect(warrantyOf({ ...base, goodwillUntil: "2029-01-01" })).toMatchObject({ goodwill: "open", payer: "warranty_claim" });
  expect(warrantyOf({ ...over, recalls: null, goodwillUntil: "2029-01-01" })).toMatchObject({ goodwill: "open", payer: null });
  expect(warrantyOf({ ...base, recalls: [recall("battery_cell", "open")] })).toMatchObject({ recall: "open", payer: "maker" });
  expect(warrantyOf({ ...base, recalls: [recall("battery_cell", "done")] })).toMatchObject({ recall: "done", payer: "warranty_claim" });
  expect(warrantyOf({ ...base, recalls: [recall("tyre", "open")] })).toMatchObject({ recall: "none", payer: "warranty_claim" });
  expect(warrantyOf({ ...base, warrantyUntil: null })).toMatchObject({ status: null, payer: null });
  expect(warrantyOf({ ...base, component: "tyre" })).toMatchObject({ status: null, until: null, sohLimitPct: null, payer: null });
});
