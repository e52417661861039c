import { describe, expect, it } from "vitest";
import { actByMs } from "../routing/policy.ts";
import { limitDates } from "./limitDates.ts";

const TO = "2026-03-01T00:00:00.000Z";
const DAY_MS = 86_400_000;
const day = (days: number) => Date.parse(TO) + days * DAY_MS;

describe("when the limit is reached", () => {
  it("is the detector's own interval, counted from the end of its evidence", () => {
    const readings = { days_to_limit: 20, days_to_limit_earliest: 12, days_to_limit_latest: 45 };
    expect(limitDates({ to: TO, readings })).toEqual({ earliestMs: day(12), centralMs: day(20), latestMs: day(45) });
  });

  it("has no end where the course may stop before it, and no width where nothing says so", () => {
    expect(limitDates({ to: TO, readings: { days_to_limit: 20, days_to_limit_latest: null } })).toEqual({
      earliestMs: day(20),
      centralMs: day(20),
      latestMs: null,
    });
  });

  it("is not told of findings without a course, nor years ahead", () => {
    expect(limitDates({ to: TO, readings: {} })).toBeNull();
    expect(limitDates({ to: TO, readings: { days_to_limit: null } })).toBeNull();
    expect(limitDates({ to: TO, readings: { days_to_limit: 2000 } })).toBeNull();
  });

  it("brings the act-by date forward, with a day's notice at least, and never puts it off", () => {
    const limitAt = (days: number) => ({ earliestMs: day(days), centralMs: day(days + 5), latestMs: null });
    expect(actByMs("warning", day(0), 7, limitAt(4))).toBe(day(4));
    expect(actByMs("warning", day(0), 7, limitAt(0))).toBe(day(1));
    expect(actByMs("warning", day(0), 7, limitAt(30))).toBe(day(7));
    expect(actByMs("critical", day(0), 7, limitAt(4))).toBe(day(0));
  });
});
