import { loadRules } from "@bellwether/analytics/catalogue";
import { describe, expect, test } from "vitest";
import { actByMs } from "./policy.ts";

const DAY_MS = 86_400_000;
/** The day counts the owners' texts use, as they are written. */
const IN_WORDS: Readonly<Record<string, number>> = { "two days": 2, "three days": 3, "a week": 7, "two weeks": 14, "at once": 0 };

describe("the date a dealer sees", () => {
  test.each([
    ["the text's own days", "warning", 14, 14],
    ["by severity where the text has none", "warning", undefined, 7],
    ["advice by severity", "advice", undefined, 30],
    ["critical is now, whatever the text", "critical", 14, 0],
  ] as const)("%s", (_, severity, actWithinDays, days) => {
    expect(actByMs(severity, 1_000, actWithinDays)).toBe(1_000 + days * DAY_MS);
  });

  test("agrees with what the owner reads, for every rule and detector that names a time", async () => {
    const { rules, detectors } = await loadRules();
    const named = [...rules.map(({ id, advice }) => ({ id, advice })), ...detectors].flatMap(({ id, advice }) => {
      const text = advice.owner.en.urgency.toLowerCase();
      // The time named first is the date; what follows it is about a special case ("… or frost at once").
      const [first] = Object.entries(IN_WORDS)
        .filter(([words]) => text.includes(words))
        .toSorted(([one], [other]) => text.indexOf(one) - text.indexOf(other));
      return first === undefined ? [] : [{ id, days: first[1], said: advice.actWithinDays }];
    });
    expect(named.length).toBeGreaterThanOrEqual(9);
    for (const { id, days, said } of named) expect(said, id).toBe(days);
  });
});
