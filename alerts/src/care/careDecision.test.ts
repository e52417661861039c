import { LANGUAGES } from "@bellwether/contracts/alert";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CareFacts, type CareQuestion, decideCare, type UsageDay } from "./careDecision.ts";
import { renderCare } from "./careMessage.ts";
import { itemsFor, loadCarePlan } from "./carePlan.ts";

const plan = await loadCarePlan();
const DAY_MS = 86_400_000;

/** Sixty days up to `now`, all alike. */
function daysUpTo(now: string, changes: Partial<UsageDay> = {}): readonly UsageDay[] {
  return Array.from({ length: 60 }, (_, i) => ({
    day: new Date(Date.parse(now) - (59 - i) * DAY_MS).toISOString().slice(0, 10),
    ...{ distanceKm: 40, chargingH: 2, dcChargingH: 0, ambientMinC: 15 },
    ...changes,
  }));
}
const facts = (now: string, changes: Partial<CareFacts> = {}, day: Partial<UsageDay> = {}): CareFacts => ({
  ...{ model: "", region: "", builtOn: null, odometerKm: null, done: [], days: daysUpTo(now, day) },
  ...changes,
});
const ask = (now: string, known: CareFacts, timeZone = "Europe/Berlin"): CareQuestion => ({
  nowMs: Date.parse(now),
  timeZone,
  facts: known,
  plan,
});
const keys = (question: CareQuestion) => decideCare(question).map(({ kind, occasion }) => `${kind} ${occasion}`);

test("winter is told once it has turned cold, under one name until spring, and to the south half a year later", () => {
  const cold = { ambientMinC: 2 };
  const winterAt = (now: string, day: Partial<UsageDay>, zone?: string) => keys(ask(now, facts(now, {}, day), zone));
  expect(winterAt("2026-11-20T12:00:00Z", cold)).toEqual(["winter 2026"]);
  expect(winterAt("2027-01-20T12:00:00Z", cold)).toEqual(["winter 2026"]);
  expect(winterAt("2026-11-20T12:00:00Z", { ambientMinC: 12 })).toEqual([]);
  expect(winterAt("2026-07-01T12:00:00Z", cold)).toEqual([]);
  expect(winterAt("2026-07-01T12:00:00Z", cold, "Australia/Sydney")).toEqual(["winter 2026"]);
});

test("without a thermometer only a region that is named is told", () => {
  const now = "2026-11-20T12:00:00Z";
  const known = facts(now, { region: "north" }, { ambientMinC: null });
  expect(keys(ask(now, known))).toEqual([]);
  const named = { ...plan, winter: { ...plan.winter, coldRegions: ["north"] } };
  expect(decideCare({ ...ask(now, known), plan: named })).toHaveLength(1);
});

test("before a holiday only cars that drive far are told, with the text for how they charge", () => {
  const now = "2027-07-08T12:00:00Z";
  const far = { distanceKm: 300 };
  expect(keys(ask(now, facts(now)))).toEqual([]);
  expect(keys(ask(now, facts(now, {}, far)))).toEqual(["long_trip summer-2027"]);
  expect(decideCare(ask(now, facts(now, {}, far)))[0]?.text).toBe(plan.longTrips.text);
  expect(decideCare(ask(now, facts(now, {}, { ...far, dcChargingH: 1.5 })))[0]?.text).toBe(plan.longTrips.fastChargeText);
  expect(keys(ask("2027-07-15T12:00:00Z", facts("2027-07-15T12:00:00Z", {}, far)))).toEqual([]);
  const autumn = "2027-09-25T12:00:00Z";
  expect(keys(ask(autumn, facts(autumn, {}, far)))).toEqual([]);
  expect(keys(ask(autumn, facts(autumn, {}, far), "Asia/Shanghai"))).toEqual(["long_trip national-day-2027"]);
});

test("maintenance comes by distance or time, whichever is first, and intervals long past are not guessed at", () => {
  const now = "2027-05-01T12:00:00Z";
  const due = (changes: Partial<CareFacts>) => keys(ask(now, facts(now, changes)));
  expect(due({ odometerKm: 18_000 })).toEqual([]);
  expect(due({ odometerKm: 19_100 })).toEqual(["maintenance inspection/1"]);
  expect(due({ odometerKm: 25_000 })).toEqual([]);
  expect(due({ builtOn: "2026-05-10" })).toEqual(["maintenance inspection/1"]);
  expect(due({ odometerKm: 19_100, builtOn: "2025-05-10" })).toEqual([
    "maintenance inspection/2",
    "maintenance brake-fluid/1",
    "maintenance cabin-filter/1",
  ]);
  expect(due({ builtOn: null, odometerKm: null })).toEqual([]);
});

test("what was done starts the next interval, by the owner's word or a routine visit", () => {
  const now = "2027-05-01T12:00:00Z";
  const done = (item: string | null, component: "vehicle" | null, at: string, odometerKm: number | null) => [
    { item, component, atMs: Date.parse(at), odometerKm },
  ];
  const due = (changes: Partial<CareFacts>) => keys(ask(now, facts(now, { odometerKm: 39_500, ...changes })));
  expect(due({ done: done("inspection", null, "2027-04-01T00:00:00Z", 38_000) })).toEqual([]);
  expect(due({ done: done("inspection", null, "2026-12-01T00:00:00Z", 20_000) })).toEqual(["maintenance inspection/after-2026-12-01"]);
  expect(due({ done: done(null, "vehicle", "2026-05-05T00:00:00Z", null) })).toEqual(["maintenance inspection/after-2026-05-05"]);
});

test("a car nobody has heard of is left alone", () => {
  const now = "2027-05-01T12:00:00Z";
  expect(keys(ask(now, facts(now, { builtOn: "2026-05-10", odometerKm: 20_000, days: [] })))).toEqual([]);
});

test("the same interval has the same name on every day it is due, whatever the odometer says", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), (odometerKm) => {
      const now = "2027-05-01T12:00:00Z";
      for (const notice of decideCare(ask(now, facts(now, { odometerKm })))) {
        const item = itemsFor(plan, "").find(({ id }) => id === notice.item);
        const number = Number(notice.occasion.split("/")[1]);
        expect(Math.abs(odometerKm - number * (item?.everyKm ?? 0))).toBeLessThanOrEqual(item?.noticeKm ?? 0);
      }
    }),
  );
});

test("every text of the plan is whole in both languages, says why now, and fits the channel", () => {
  const texts = [plan.winter.text, plan.longTrips.text, plan.longTrips.fastChargeText, ...itemsFor(plan, "").map(({ text }) => text)];
  const base = { kind: "maintenance", occasion: "x/1", item: "x", dueKm: 20_000, dueOn: "2027-05-10" } as const;
  for (const text of texts) {
    for (const language of LANGUAGES) {
      const about = { vin: "LSVAA4182E2000001", language, notice: { ...base, text }, odometerKm: 19_300.4 };
      const { title, body } = renderCare(about, { titleChars: 60, bodyChars: 2000 });
      expect(title).toBe(text[language].title);
      expect(body).toContain(
        language === "zh" ? "20,000 公里（当前 19,300 公里）或2027年5月10日" : "at 20,000 km (now 19,300 km) or on 10 May 2027.",
      );
      expect(body).not.toMatch(/undefined|null|NaN/);
      expect([...renderCare(about, { titleChars: 20, bodyChars: 70 }).body].length).toBeLessThanOrEqual(70);
      expect(/\p{Script=Han}/u.test(text[language].body)).toBe(language === "zh");
    }
  }
});

test("a file that is no plan names every problem", async () => {
  await expect(loadCarePlan("/nowhere/plan.yaml")).rejects.toMatchObject({ code: "config_invalid" });
});
