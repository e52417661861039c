import { expect, test } from "vitest";
import { planRuns } from "./plan.ts";
import { countReceipts, type Receipt } from "./receipts.ts";

const receipt = (receiver: Receipt["receiver"], key: string, intention: string): Receipt => ({ receiver, key, intention });

test("a repeat counts by what its receiver can do about it, and a new key for an old intention is a doubling", () => {
  const counted = countReceipts(
    [
      receipt("keeps", "k1", "1"),
      receipt("keeps", "k1", "1"),
      receipt("keeps", "k1-again", "1"),
      receipt("ignores", "k2", "2"),
      receipt("ignores", "k2", "2"),
      receipt("ignores", "k2", "2"),
      receipt("ignores", "k9", "9"),
    ],
    (intention) => intention !== "9",
  );
  expect(counted).toEqual({ delivered: 2, doubled: 1, dropped: 1, doubledWhereKeyIgnored: 2, unintended: 1 });
});

test("a plan has every intention, two to four replicas, and is the same for the same seed", () => {
  const runs = planRuns(7, 1_000_001, 10_000);
  expect(runs).toEqual(planRuns(7, 1_000_001, 10_000));
  expect(runs.map(({ route }) => route)).toEqual(["fast", "fast", "fast", "fast", "fast", "real"]);
  expect(runs.reduce((sum, { intentions }) => sum + intentions, 0)).toBe(1_010_001);
  for (const { replicas } of runs) expect([2, 3, 4]).toContain(replicas);
});
