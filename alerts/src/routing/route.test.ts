import { expect, test } from "vitest";
import { type DealerContact, type OwnerContact, type RouteInput, route } from "./route.ts";

const owner: OwnerContact = {
  language: "zh",
  channel: "email",
  address: "owner@example.org",
  timeZone: "Asia/Shanghai",
  dealerId: "d",
  hasConsent: true,
  consentTextVersion: "2026-01",
};
const dealer: DealerContact = { id: "d", language: "en", channel: "webhook", address: "https://dealer.example", timeZone: "UTC" };
const untold = { owner: false, dealer: false, ownerWithheld: false };
const told = { owner: true, dealer: true, ownerWithheld: false };
const summary = (input: Partial<RouteInput>) =>
  route({ reason: "first", severity: "warning", owner, dealer, told: untold, ...input }).map(
    ({ audience, channel, reason, withheldReason }) => `${audience} ${channel} ${reason} ${withheldReason ?? "told"}`,
  );

test.each<[string, Partial<RouteInput>, string[]]>([
  ["first: owner and dealer", {}, ["owner email first told", "dealer webhook first told"]],
  ["none: nobody", { reason: "none" }, []],
  ["no contact: a record for the operator", { owner: null, dealer: null }, ["owner log first no_contact"]],
  ["no consent: a record", { owner: { ...owner, hasConsent: false }, dealer: null }, ["owner log first no_consent"]],
  [
    "danger without consent: told",
    { severity: "critical", owner: { ...owner, hasConsent: false }, dealer: null },
    ["owner email first told"],
  ],
  ["danger without contact: a record", { severity: "critical", owner: null, dealer: null }, ["owner log first no_contact"]],
  ["a reminder: only the owner who was told", { reason: "reminder", told }, ["owner email reminder told"]],
  ["a reminder of what he has not heard", { reason: "reminder" }, []],
  ["a withdrawal is written elsewhere", { reason: "withdrawn", told }, []],
  [
    "still no contact: the one record is enough",
    { owner: null, dealer: null, reason: "escalated", told: { ...untold, ownerWithheld: true } },
    [],
  ],
  ["escalated: both again", { reason: "escalated", told }, ["owner email escalated told", "dealer webhook escalated told"]],
  [
    "escalated to somebody new: it is his first",
    { reason: "escalated", told: { ...untold, ownerWithheld: true } },
    ["owner email first told", "dealer webhook first told"],
  ],
  [
    "all clear: only to whom the fault was told",
    { reason: "resolved", told: { ...untold, dealer: true } },
    ["dealer webhook resolved told"],
  ],
  ["all clear without contact: nothing", { reason: "resolved", owner: null, dealer: null, told: { ...untold, ownerWithheld: true } }, []],
])("%s", (_, input, expected) => {
  expect(summary(input)).toEqual(expected);
});

test("the message carries which consent it rests on", () => {
  expect(route({ reason: "first", severity: "warning", owner, dealer: null, told: untold })[0]?.consentTextVersion).toBe("2026-01");
});
