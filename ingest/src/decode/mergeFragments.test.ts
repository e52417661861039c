import { FRAGMENT_PART_MIN, type Sample } from "@bellwether/contracts/sample";
import { expect, it } from "vitest";
import { decodeRecord } from "./codecs.ts";
import { mergeFragments } from "./mergeFragments.ts";

const VIN = "LTEST00000000001X";
const NOW_MS = Date.UTC(2026, 0, 2);

/** A VISS gateway's message of one signal. */
function said(path: string, value: string, ts = "2026-01-02T00:00:00Z"): Sample {
  const message = { action: "subscription", subscriptionId: "1", data: { path, dp: { value, ts } } };
  const [decoded] = decodeRecord(Buffer.from(JSON.stringify(message)), { receivedTimeMs: NOW_MS, key: Buffer.from(VIN), bytesMax: 10_000 });
  if (decoded?.kind !== "samples" || decoded.samples[0] === undefined) throw new Error("expected a sample");
  return decoded.samples[0];
}

const SPEED = "Vehicle.Speed";
const CHARGE = "Vehicle.Powertrain.TractionBattery.StateOfCharge.Current";
const speed = said(SPEED, "50");
const charge = said(CHARGE, "80.5");
const later = said(SPEED, "51", "2026-01-02T00:00:01Z");

it("gives signals of one moment that come by themselves places of their own, and a repetition its first copy's", () => {
  expect(speed.part).toBeGreaterThanOrEqual(FRAGMENT_PART_MIN);
  expect(charge.part).toBeGreaterThanOrEqual(FRAGMENT_PART_MIN);
  expect(charge.part).not.toBe(speed.part);
  expect(said(SPEED, "49").part).toBe(speed.part);
});

it("puts the fragments of one moment together where the first stood", () => {
  const merged = mergeFragments([speed, later, charge]);
  expect(merged.map(({ values }) => values)).toEqual([{ speedKmh: 50, socPct: 80.5 }, { speedKmh: 51 }]);
  expect(merged[0]?.part).toBeGreaterThanOrEqual(FRAGMENT_PART_MIN);
  expect([speed.part, charge.part]).not.toContain(merged[0]?.part);
  expect(merged[1]).toBe(later);
});

it("takes the last reading of a signal, and keeps extras and codes once", () => {
  const noise = said("Vehicle.Some.Number", "7");
  const code = { system: "obd" as const, code: "P0420" };
  const [merged] = mergeFragments([{ ...speed, dtcs: [code] }, said(SPEED, "49"), noise, { ...speed, dtcs: [code] }]);
  expect(merged).toMatchObject({ values: { speedKmh: 50 }, extra: { "Some.Number": 7 }, dtcs: [code] });
});

it("leaves whole reports, parts of cell arrays and other vehicles alone", () => {
  const whole = { ...speed, part: 0 };
  const cells = { ...speed, part: 201 };
  const other = { ...charge, eventTimeMs: charge.eventTimeMs + 1 };
  const samples = [whole, cells, speed, other];
  expect(mergeFragments(samples)).toEqual(samples);
});
