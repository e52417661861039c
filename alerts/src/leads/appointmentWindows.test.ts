import fc from "fast-check";
import { expect, test } from "vitest";
import { type Slot, suggestWindows } from "./appointmentWindows.ts";

const HOUR = 3_600_000;
const slot = (hour: number, changes: Partial<Slot> = {}): Slot => ({
  ...{ startsAtMs: hour * HOUR, endsAtMs: (hour + 1) * HOUR, bays: 2, technicians: 1, booked: 0, trained: null, bookedAlike: 0 },
  ...changes,
});
const ask = { fromMs: 0, actByMs: 100 * HOUR, labourHours: 1, count: 3 };
const hours = (windows: readonly { startsAtMs: number }[]) => windows.map(({ startsAtMs }) => startsAtMs / HOUR);

test("the earliest slots with a bay and a technician come first", () => {
  const slots = [slot(9), slot(8, { booked: 1 }), slot(10, { technicians: 0 }), slot(11, { bays: 0 }), slot(12), slot(13), slot(14)];
  expect(hours(suggestWindows(slots, ask))).toEqual([9, 12, 13]);
});

test("a slot without a technician trained for the component has no room, and those trained are shared by cars alike", () => {
  const trained = { bays: 4, technicians: 4 };
  const slots = [
    slot(8, { ...trained, trained: 0 }),
    slot(9, { ...trained, trained: 1, booked: 1, bookedAlike: 1 }),
    slot(10, { ...trained, trained: 2, booked: 1 }),
    slot(11, { ...trained, booked: 1, bookedAlike: 1 }),
  ];
  expect(suggestWindows(slots, ask)).toMatchObject([
    { startsAtMs: 10 * HOUR, free: 2 },
    { startsAtMs: 11 * HOUR, free: 3 },
  ]);
});

test("a job longer than a slot needs the next ones too, without a gap", () => {
  const slots = [slot(8), slot(10), slot(11), slot(12, { booked: 1 })];
  expect(suggestWindows(slots, { ...ask, labourHours: 1.5 })).toEqual([
    { startsAtMs: 10 * HOUR, endsAtMs: 12 * HOUR, free: 1, isLate: false },
  ]);
});

test("windows after the act-by date are offered only when there is none before, and say so", () => {
  const slots = [slot(8), slot(20)];
  expect(hours(suggestWindows(slots, { ...ask, actByMs: 10 * HOUR }))).toEqual([8]);
  expect(suggestWindows(slots, { ...ask, fromMs: 9 * HOUR, actByMs: 10 * HOUR })).toMatchObject([{ startsAtMs: 20 * HOUR, isLate: true }]);
  expect(suggestWindows([], ask)).toEqual([]);
});

test("never suggests a slot without room, in the past, or more than asked for", () => {
  const anySlot = fc.record({ hour: fc.integer({ min: 0, max: 30 }), bays: fc.nat(3), technicians: fc.nat(3), booked: fc.nat(3) });
  fc.assert(
    fc.property(fc.uniqueArray(anySlot, { selector: ({ hour }) => hour }), fc.integer({ min: 0, max: 30 }), (given, from) => {
      const slots = given.map(({ hour, ...rest }) => slot(hour, rest));
      const windows = suggestWindows(slots, { ...ask, fromMs: from * HOUR, labourHours: null });
      expect(windows.length).toBeLessThanOrEqual(3);
      for (const { startsAtMs, free } of windows) {
        const own = slots.find((one) => one.startsAtMs === startsAtMs);
        expect(startsAtMs).toBeGreaterThanOrEqual(from * HOUR);
        expect(free).toBe(Math.min(own?.bays ?? 0, own?.technicians ?? 0) - (own?.booked ?? 0));
        expect(free).toBeGreaterThan(0);
      }
    }),
  );
});
