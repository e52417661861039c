import { type Alerting, countAlerts, type Visit } from "@bellwether/analytics/workbench/scoring/countAlerts";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { SEVERITIES } from "@bellwether/contracts/finding";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AlertSnapshot, type FindingMark, nextState } from "./alertState.ts";

const HOUR_MS = 3_600_000;

/** What the service makes of one rule's episodes on one vehicle, and of the visits: the times it tells somebody for the first time. */
function toldByService(
  episodes: readonly { knownMs: number; lastFiringMs: number }[],
  { severity, coolDownDays }: Alerting,
  visits: readonly Visit[],
): number {
  let alert: AlertSnapshot | null = null;
  let told = 0;
  const waiting = [...visits];
  /** As a repair order ends the alert it concerns (`recordRepairOrder`). */
  const visitBefore = (untilMs: number) => {
    for (let visit = waiting[0]; visit !== undefined && visit.atMs < untilMs; visit = waiting[0]) {
      waiting.shift();
      if (alert === null || alert.closedBy === "workshop" || alert.openedAtMs > visit.atMs) continue;
      alert = nextState(alert, { kind: "close", ...visit }, { coolDownMs: 0 }).alert;
    }
  };
  episodes.forEach(({ knownMs, lastFiringMs }, i) => {
    const mark: FindingMark = { id: `f${i}`, severity, state: "active", firstSeenMs: knownMs, lastSeenMs: knownMs };
    const course: FindingMark[] = [mark, { ...mark, lastSeenMs: lastFiringMs }, { ...mark, lastSeenMs: lastFiringMs, state: "cleared" }];
    for (const finding of course) {
      visitBefore(finding.lastSeenMs);
      const about = { vin: "V", component: "battery_cell", heardElsewhere: null, suppressedBy: null, newId: `a${i}` } as const;
      const next = nextState(alert, { kind: "finding", finding, ...about }, { coolDownMs: coolDownDays * 24 * HOUR_MS });
      if (next.reason === "first" || next.reason === "escalated") told += 1;
      alert = next.alert;
    }
  });
  return told;
}

const episodes = fc
  .array(fc.record({ gapH: fc.integer({ min: 1, max: 900 }), lengthH: fc.integer({ min: 0, max: 400 }) }), { maxLength: 12 })
  .map((steps) => {
    let atH = 0;
    return steps.map(({ gapH, lengthH }) => {
      const knownMs = (atH + gapH) * HOUR_MS;
      atH += gapH + lengthH;
      return { knownMs, lastFiringMs: atH * HOUR_MS };
    });
  });

const visits = fc
  .array(fc.record({ atMs: fc.integer({ min: 0, max: 8000 }).map((hour) => hour * HOUR_MS), outcome: fc.constantFrom(...OUTCOMES) }), {
    maxLength: 6,
  })
  .map((unordered): readonly Visit[] => unordered.toSorted((a, b) => a.atMs - b.atMs));

test("a back-test counts the alerts that this service would have given", () => {
  const alerting = fc.record({ severity: fc.constantFrom(...SEVERITIES), coolDownDays: fc.integer({ min: 0, max: 30 }) });
  fc.assert(
    fc.property(episodes, alerting, visits, (firings, how, orders) => {
      expect(countAlerts(firings, how, orders)).toBe(toldByService(firings, how, orders));
    }),
  );
});
