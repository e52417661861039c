import { loadRules } from "@bellwether/analytics/catalogue";
import { LANGUAGES } from "@bellwether/contracts/alert";
import { expect, test } from "vitest";
import { adviceFor } from "../advice.ts";
import { exampleFinding } from "../testing/findings.ts";
import { fitBody, renderMessage } from "./message.ts";

/** The words of every rule and detector, in both languages, through the frame of a message and the limits of every channel. */

/** As in channels/*.ts, the narrowest first. */
const SMS = { titleChars: 60, bodyChars: 270 };
const WECOM = { titleChars: 80, bodyChars: 580 };
const WEB_PUSH = { titleChars: 80, bodyChars: 900 };

const catalogue = await loadRules();
const sources = [...catalogue.rules.map(({ id }) => id), ...catalogue.detectors.map(({ id }) => id)];
const cases = sources.flatMap((id) => LANGUAGES.map((language) => ({ id, language })));

function messageOf(id: string, language: "en" | "zh", audience: "owner" | "dealer", limits: typeof SMS) {
  const finding = exampleFinding();
  const named = { ...finding, source: { ...finding.source, id } };
  const advice = adviceFor(named, catalogue);
  const severity = advice.actWithinDays === 0 ? ("critical" as const) : ("warning" as const);
  const when = { timeZone: "Asia/Shanghai", actByMs: Date.parse("2019-07-24T08:00:00.000Z"), odometerKm: 41_250, coolDownDays: 14 };
  const message = renderMessage({ audience, reason: "first", language, finding: named, advice, severity, ...when }, limits);
  return { ...message, advice };
}

test("there are texts for every rule and detector", () => {
  expect(sources.length).toBeGreaterThanOrEqual(39);
  for (const id of sources) expect(catalogue.findAdvice(id), id).not.toBeNull();
});

test.each(cases)("$id in $language: whole by web push, and what to do is in the shortest SMS", ({ id, language }) => {
  const whole = messageOf(id, language, "owner", WEB_PUSH);
  const { what, why, urgency, effort } = whole.advice.owner[language];
  for (const part of [what, why, urgency, effort]) expect(whole.body).toContain(part);
  expect(messageOf(id, language, "owner", SMS).title, "fits an SMS").not.toContain("…");
  expect(messageOf(id, language, "owner", SMS).body).toContain(urgency);
  expect(messageOf(id, language, "owner", SMS).body).toContain(what);
  // A copy for the second channel has the first one's text.
  // The sender gives up to half of it to links and cuts what is behind.
  expect(fitBody(whole.body, SMS.bodyChars / 2)).toContain(urgency);
});

test.each(cases)("$id in $language: a group robot gets the dealer's text whole", ({ id, language }) => {
  const { body, advice } = messageOf(id, language, "dealer", WECOM);
  expect(body).not.toContain("…");
  for (const operation of advice.dealer[language].operations) expect(body).toContain(operation);
});

test.each(cases)("$id in $language: written in that language, in whole sentences", ({ id, language }) => {
  const advice = catalogue.findAdvice(id);
  const owner = Object.values(advice?.advice.owner[language] ?? {});
  expect(owner).toHaveLength(4);
  for (const text of owner) {
    expect(text.trim()).toBe(text);
    if (language === "zh") expect(text, "Chinese with Chinese marks, to the end").toMatch(/^[^;?!]*[\u4e00-\u9fff][^;?!]*。$/);
    else expect(text, "English, to the end").toMatch(/^[A-Z0-9][^\u4e00-\u9fff]*\.$/);
  }
});
