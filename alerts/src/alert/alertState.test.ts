import { SEVERITIES } from "@bellwether/contracts/finding";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alertIdOf } from "../identity/identity.ts";
import { type AlertEvent, type AlertSnapshot, type FindingMark, nextState, type Transition } from "./alertState.ts";

const DAY_MS = 86_400_000;
const limits = { coolDownMs: 14 * DAY_MS };
const mark = (changes: Partial<FindingMark> = {}): FindingMark => ({
  id: "f",
  severity: "warning",
  state: "active",
  firstSeenMs: 1000,
  lastSeenMs: 1000,
  ...changes,
});
const event = (changes: Partial<FindingMark> = {}, newId = "a", suppressedBy: string | null = null): AlertEvent => ({
  kind: "finding",
  finding: mark(changes),
  vin: "V",
  component: "battery",
  heardElsewhere: null,
  suppressedBy,
  newId,
});
const run = (events: readonly AlertEvent[]): { alert: AlertSnapshot | null; log: string[] } => {
  let alert: AlertSnapshot | null = null;
  const log: string[] = [];
  for (const one of events) {
    const next: Transition = nextState(alert, one, limits);
    log.push(`${next.action}/${next.reason}`);
    alert = next.alert;
  }
  return { alert, log };
};

describe("a sequence of events", () => {
  const cleared = { state: "cleared", lastSeenMs: 2000 } as const;
  test.each<[string, AlertEvent[], string[], string | null]>([
    ["info is kept without telling", [event({ severity: "info" })], ["opened/none"], "open"],
    ["advice is told first", [event({ severity: "advice" })], ["opened/first"], "open"],
    ["the same again is ignored", [event(), event()], ["opened/first", "ignored/none"], "open"],
    ["an older update is ignored", [event({ lastSeenMs: 2000 }), event()], ["opened/first", "ignored/none"], "open"],
    ["a later one is only seen", [event(), event({ lastSeenMs: 2000 })], ["opened/first", "seen/none"], "open"],
    ["a second finding joins", [event(), event({ id: "g" })], ["opened/first", "finding_added/none"], "open"],
    [
      "info that becomes advice is told first then",
      [event({ severity: "info" }), event({ severity: "advice", lastSeenMs: 2000 })],
      ["opened/none", "escalated/first"],
      "open",
    ],
    [
      "advice that becomes a warning rings nobody again",
      [event({ severity: "advice" }), event({ lastSeenMs: 2000 })],
      ["opened/first", "escalated/none"],
      "open",
    ],
    [
      "what becomes critical is told again, once",
      [event(), event({ severity: "critical", lastSeenMs: 2000 }), event({ severity: "critical", lastSeenMs: 3000 })],
      ["opened/first", "escalated/escalated", "seen/none"],
      "open",
    ],
    ["all cleared is told", [event(), event(cleared)], ["opened/first", "resolved/resolved"], "resolved"],
    [
      "critical is never called off",
      [event({ severity: "critical" }), event({ ...cleared, severity: "critical" })],
      ["opened/first", "resolved/none"],
      "resolved",
    ],
    [
      "one of two cleared keeps it open",
      [event(), event({ id: "g" }), event(cleared)],
      ["opened/first", "finding_added/none", "seen/none"],
      "open",
    ],
    [
      "back within the cool-down continues without a word",
      [event(), event(cleared), event({ id: "g", lastSeenMs: 3000 }), event({ id: "g", state: "cleared", lastSeenMs: 4000 })],
      ["opened/first", "resolved/resolved", "reopened/none", "resolved/none"],
      "resolved",
    ],
    [
      "back as critical is told",
      [event(), event(cleared), event({ id: "g", severity: "critical", lastSeenMs: 3000 })],
      ["opened/first", "resolved/resolved", "reopened/escalated"],
      "open",
    ],
    [
      "an episode heard of when it is over is told once",
      [event({ state: "cleared" }), event({ state: "cleared", lastSeenMs: 2000 })],
      ["opened/first", "resolved/resolved"],
      "resolved",
    ],
    [
      "acknowledged still resolves",
      [event(), { kind: "acknowledge" }, event(cleared)],
      ["opened/first", "acknowledged/none", "resolved/resolved"],
      "resolved",
    ],
    [
      "dismissed stays quiet for the same fault",
      [event(), { kind: "dismiss", atMs: 1500 }, event({ lastSeenMs: 2000 }), event({ id: "g", firstSeenMs: 3000, lastSeenMs: 3000 })],
      ["opened/first", "dismissed/none", "seen/none", "seen/none"],
      "dismissed",
    ],
    [
      "dismissed opens anew for something worse",
      [event(), { kind: "dismiss", atMs: 1500 }, event({ severity: "critical", lastSeenMs: 2000 })],
      ["opened/first", "dismissed/none", "opened/first"],
      "open",
    ],
    [
      "a fault back after the repair is news",
      [event(), { kind: "close", outcome: "confirmed", atMs: 1500 }, event({ id: "g", firstSeenMs: 2000, lastSeenMs: 2000 })],
      ["opened/first", "closed/withdrawn", "opened/first"],
      "open",
    ],
    [
      "a reading from before the repair is not",
      [event(), { kind: "close", outcome: "confirmed", atMs: 5000 }, event({ id: "g", lastSeenMs: 2000 })],
      ["opened/first", "closed/withdrawn", "seen/none"],
      "resolved",
    ],
    [
      "no fault found dismisses",
      [event(), { kind: "close", outcome: "no_fault_found", atMs: 1500 }],
      ["opened/first", "closed/withdrawn"],
      "dismissed",
    ],
    [
      "declined by the owner: he knows",
      [event(), { kind: "close", outcome: "customer_declined", atMs: 1500 }],
      ["opened/first", "closed/none"],
      "dismissed",
    ],
    [
      "closed after the all-clear: it has been said",
      [event(), event(cleared), { kind: "close", outcome: "confirmed", atMs: 2500 }],
      ["opened/first", "resolved/resolved", "closed/none"],
      "resolved",
    ],
    [
      "closed when nobody was told",
      [event({ severity: "info" }), { kind: "close", outcome: "confirmed", atMs: 2500 }],
      ["opened/none", "closed/none"],
      "resolved",
    ],
    [
      "silenced, then heard when the silence is over",
      [event({}, "a", "silence:s"), event({ lastSeenMs: 2000 }, "a", "silence:s"), event({ lastSeenMs: 3000 })],
      ["opened/none", "seen/none", "seen/first"],
      "open",
    ],
    ["critical passes a silence", [event({ severity: "critical" }, "a", "silence:s")], ["opened/first"], "open"],
    [
      "what was a symptom and becomes critical is told",
      [event({}, "a", "inhibited:b"), event({ severity: "critical", lastSeenMs: 2000 })],
      ["opened/none", "escalated/first"],
      "open",
    ],
    ["one reminder", [event(), { kind: "remind" }, { kind: "remind" }], ["opened/first", "reminded/reminder", "ignored/none"], "open"],
    ["no reminder of what was never told", [event({ severity: "info" }), { kind: "remind" }], ["opened/none", "ignored/none"], "open"],
    [
      "no reminder of what is over",
      [event(), event(cleared), { kind: "remind" }],
      ["opened/first", "resolved/resolved", "ignored/none"],
      "resolved",
    ],
    [
      "the third return makes it intermittent",
      [1, 2, 3, 4].flatMap((n) => [event({ lastSeenMs: n * 1000 }), event({ state: "cleared", lastSeenMs: n * 1000 + 500 })]),
      [
        ...["opened/first", "resolved/resolved", "reopened/none", "resolved/none"],
        ...["reopened/none", "resolved/none", "flapping/none", "resolved/none"],
      ],
      "resolved",
    ],
    ["nothing to acknowledge", [{ kind: "acknowledge" }], ["ignored/none"], null],
  ])("%s", (_, events, log, state) => {
    const result = run(events);
    expect(result.log).toEqual(log);
    expect(result.alert?.state ?? null).toBe(state);
  });
});

test("a fault that returns after the cool-down opens another alert", () => {
  const late = 2000 + limits.coolDownMs + 1;
  const { log } = run([event(), event({ state: "cleared", lastSeenMs: 2000 }), event({ id: "g", lastSeenMs: late }, "b")]);
  expect(log).toEqual(["opened/first", "resolved/resolved", "opened/first"]);
});

const anyMark = fc.record({
  id: fc.constantFrom("f", "g", "h"),
  severity: fc.constantFrom(...SEVERITIES),
  state: fc.constantFrom("active" as const, "cleared" as const),
  firstSeenMs: fc.constant(0),
  lastSeenMs: fc.integer({ min: 0, max: 50 }),
});

test("law: hearing all of it again changes nothing", () => {
  fc.assert(
    fc.property(fc.array(anyMark, { minLength: 1, maxLength: 30 }), (marks) => {
      const events = marks.map((one) => event(one));
      const { alert } = run(events);
      for (const again of events) expect(nextState(alert, again, limits)).toEqual({ action: "ignored", reason: "none", alert });
    }),
  );
});

test("law: duplicates anywhere after their first do not change the outcome", () => {
  const withRepeats = fc
    .array(anyMark, { minLength: 1, maxLength: 12 })
    .chain((marks) => fc.record({ marks: fc.constant(marks), repeats: fc.array(fc.nat({ max: marks.length - 1 }), { maxLength: 12 }) }));
  fc.assert(
    fc.property(withRepeats, ({ marks, repeats }) => {
      const once = marks.map((one) => event(one));
      const doubled = once.flatMap((one, i) => [one, ...repeats.filter((r) => r <= i).flatMap((r) => once[r] ?? [])]);
      expect(run(doubled).alert).toEqual(run(once).alert);
    }),
  );
});

/** As the service makes them: the same opening, the same id. */
const newIdOf = ({ id, severity, lastSeenMs }: FindingMark) =>
  alertIdOf({ vin: "V", component: "battery", findingId: id, severity, decidedAtMs: lastSeenMs });

test("what grew worse within the moment of a closed alert is an alert of its own, and told", () => {
  const [advice, critical] = [mark({ severity: "advice" }), mark({ severity: "critical" })];
  const close: AlertEvent = { kind: "close", outcome: "confirmed", atMs: 9000 };
  const { log, alert } = run([event(advice, newIdOf(advice)), close, event(critical, newIdOf(critical))]);
  expect(log.at(-1)).toBe("opened/first");
  expect(alert?.id).not.toBe(newIdOf(advice));
});

const anyEvent = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anyMark, fc.constantFrom(null, "silence:s")).map(([one, by]) => event(one, newIdOf(one), by)) },
  { weight: 1, arbitrary: fc.constant<AlertEvent>({ kind: "remind" }) },
  { weight: 1, arbitrary: fc.constant<AlertEvent>({ kind: "acknowledge" }) },
  { weight: 1, arbitrary: fc.constant<AlertEvent>({ kind: "close", outcome: "confirmed", atMs: 60 }) },
);

test("law: nobody hears more of an alert before its first message, and an end is said once", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let alert: AlertSnapshot | null = null;
      const said = new Map<string, string[]>();
      for (const one of events) {
        const next: Transition = nextState(alert, one, limits);
        alert = next.alert;
        if (next.reason !== "none") said.set(next.alert.id, [...(said.get(next.alert.id) ?? []), next.reason]);
        if (next.action !== "ignored" && one.kind === "finding" && one.suppressedBy !== null && next.alert.severity !== "critical") {
          expect(next.reason).toBe("none");
        }
      }
      for (const reasons of said.values()) {
        expect(reasons[0]).toBe("first");
        expect(reasons.filter((reason) => reason === "resolved" || reason === "withdrawn").length).toBeLessThanOrEqual(1);
        expect(reasons.filter((reason) => reason === "reminder").length).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("law: however often it flips, one alert says at most first, escalated and resolved once each", () => {
  fc.assert(
    fc.property(fc.array(anyMark, { maxLength: 60 }), (marks) => {
      const reasons = run(marks.map((one) => event(one))).log.map((line) => line.split("/")[1]);
      for (const reason of ["first", "escalated", "resolved"])
        expect(reasons.filter((one) => one === reason).length).toBeLessThanOrEqual(1);
    }),
  );
});
