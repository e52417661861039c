import { AUDIENCES, LANGUAGES } from "@bellwether/contracts/alert";
import fc from "fast-check";
import { expect, test } from "vitest";
import { adviceFor } from "../advice.ts";
import { exampleFinding } from "../testing/findings.ts";
import { fitText, type MessageInput, numberText, renderMessage } from "./message.ts";

const advice = {
  title: { en: "One battery cell is ageing faster", zh: "一节电池单体老化偏快" },
  owner: {
    en: {
      what: "One of the cells in your car's battery has become weaker than the others.",
      why: "It has been falling behind its neighbours for a week.",
      urgency: "You can keep driving. Please book a visit within a week.",
      effort: "About two hours at the workshop.",
    },
    zh: {
      what: "您车辆的电池中有一节单体明显弱于其他单体。",
      why: "一周以来它持续落后于相邻单体。",
      urgency: "可以继续行驶，请在一周内预约到店。",
      effort: "到店约两小时。",
    },
  },
  dealer: {
    en: {
      symptom: "Cell 82 low against the pack median",
      operations: ["Measure cell 82 at rest"],
      parts: ["Cell module 7"],
      labourHours: 2,
    },
    zh: { symptom: "82 号单体低于电池组中位数", operations: ["静置后测量 82 号单体"], parts: ["7 号模组"], labourHours: 2 },
  },
};
const input = (changes: Partial<MessageInput> = {}): MessageInput => ({
  audience: "owner",
  reason: "first",
  language: "en",
  timeZone: "UTC",
  finding: exampleFinding(),
  advice,
  severity: "warning",
  actByMs: Date.parse("2019-07-24T08:00:00.000Z"),
  odometerKm: 41_250.4,
  coolDownDays: 14,
  ...changes,
});
const limits = { titleChars: 200, bodyChars: 4000 };

test("tells the owner what, why with value, unit and date, how urgent and what it takes", () => {
  expect(renderMessage(input(), limits)).toEqual({
    title: "One battery cell is ageing faster",
    body: [
      "One of the cells in your car's battery has become weaker than the others.",
      "Why we think so: It has been falling behind its neighbours for a week. Measured on 17 July 2019: 0.0213 V; the limit is 0.015 V.",
      "How urgent: You can keep driving. Please book a visit within a week.",
      "What it takes: About two hours at the workshop.",
      "Car: LSVAA4182E2000001",
    ].join("\n"),
  });
});

test("tells it in Chinese", () => {
  expect(renderMessage(input({ language: "zh", timeZone: "Asia/Shanghai" }), limits).body).toBe(
    [
      "您车辆的电池中有一节单体明显弱于其他单体。",
      "判断依据：一周以来它持续落后于相邻单体。2019年7月17日的数值：0.0213 V，限值 0.015 V。",
      "紧急程度：可以继续行驶，请在一周内预约到店。",
      "处理方式与耗时：到店约两小时。",
      "车辆：LSVAA4182E2000001",
    ].join("\n"),
  );
});

test("tells the dealer symptom, evidence, operations, parts, labour and date", () => {
  expect(renderMessage(input({ audience: "dealer" }), limits).body).toBe(
    [
      "Symptom: Cell 82 low against the pack median",
      "Evidence: Cell 82 lies 21 mV below its own baseline, and no other cell does. Reading: 0.0213 V (0.0184 to 0.0241 V), limit 0.015 V, on 17 July 2019.",
      "Suggested operations: Measure cell 82 at rest",
      "Parts: Cell module 7",
      "Labour: 2 h",
      "See the car by: 24 July 2019",
      "Car: LSVAA4182E2000001, 41250 km",
    ].join("\n"),
  );
});

test("says urgent in the title of a critical message and nowhere else", () => {
  expect(renderMessage(input({ severity: "critical" }), limits).title).toBe("Urgent: One battery cell is ageing faster");
  expect(renderMessage(input({ severity: "critical", language: "zh" }), limits).title).toBe("紧急：一节电池单体老化偏快");
  expect(renderMessage(input(), limits).title).not.toContain("Urgent");
});

test.each([
  [
    { value: -26, unit: "mV", threshold: -15 },
    "Measured on 17 July 2019: 26 mV; the limit is 15 mV.",
    "2019年7月17日的数值：26 mV，限值 15 mV。",
  ],
  [{ value: -26, unit: "mV", threshold: null }, "Measured on 17 July 2019: 26 mV.", "2019年7月17日的数值：26 mV。"],
  [
    { value: 6, unit: "K", threshold: 5 },
    "Measured on 17 July 2019: 6 degrees; the limit is 5 degrees.",
    "2019年7月17日的数值：6 度，限值 5 度。",
  ],
  [{ value: 3, unit: "", threshold: 3 }, "", ""],
  [{ value: 4, unit: "d", threshold: null }, "", ""],
])("tells the owner %j without sign, or not at all where it says nothing", (numbers, en, zh) => {
  const plain = exampleFinding();
  const finding = { ...plain, evidence: { ...plain.evidence, ...numbers } };
  const why = (language: "en" | "zh") => renderMessage(input({ language, finding }), limits).body.split("\n")[1];
  expect(why("en")).toBe(["Why we think so: It has been falling behind its neighbours for a week.", en].filter(Boolean).join(" "));
  expect(why("zh")).toBe(`判断依据：一周以来它持续落后于相邻单体。${zh}`);
});

test("an all-clear says that the advice stands if it comes back", () => {
  const { title, body } = renderMessage(input({ reason: "resolved", finding: exampleFinding({ state: "cleared" }) }), limits);
  expect(title).toBe("Back to normal: One battery cell is ageing faster");
  expect(body).toContain("back to normal since 17 July 2019");
  expect(body).toContain("within 14 days, our earlier advice still stands");
});

test("a source without texts gets plain ones, with the finding's own sentence", () => {
  const plain = adviceFor(exampleFinding({ severity: "critical" }), { findAdvice: () => null });
  const { body } = renderMessage(input({ advice: plain }), limits);
  expect(body).toContain("Why we think so: Cell 82 lies 21 mV below its own baseline");
  expect(body).toContain("Stop safely now and call for help.");
});

test("never exceeds a channel's limits, never ends in half a character, in either language", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LANGUAGES),
      fc.constantFrom(...AUDIENCES),
      fc.constantFrom("first" as const, "escalated" as const, "resolved" as const),
      fc.integer({ min: 1, max: 300 }),
      (language, audience, reason, max) => {
        const { title, body } = renderMessage(input({ language, audience, reason }), { titleChars: max, bodyChars: max });
        for (const text of [title, body]) {
          expect([...text].length).toBeLessThanOrEqual(max);
          expect(() => encodeURIComponent(text)).not.toThrow();
        }
      },
    ),
  );
});

test("cuts at a word where there is one", () => {
  expect(fitText("One battery cell is ageing", 20)).toBe("One battery cell is…");
  expect(fitText("short", 20)).toBe("short");
  expect(fitText("😀😀😀", 2)).toBe("😀…");
});

test("numbers have four significant digits, or none after the point from 100 up", () => {
  expect([0.0213, 3.217, 412.6, -0.00004, 0, -0, 99.96].map(numberText)).toEqual(["0.0213", "3.217", "413", "-0.00004", "0", "0", "99.96"]);
});
