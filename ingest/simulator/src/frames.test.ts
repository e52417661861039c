import type { Sample } from "@bellwether/contracts/sample";
import type { SignalName, SignalValues } from "@bellwether/contracts/signals";
import { decodeRecord } from "@bellwether/ingest/decode/codecs";
import { loadMakerLayouts } from "@bellwether/ingest/decode/makerLayouts";
import { encodeReport } from "@bellwether/ingest/gbt32960/encode";
import { blockCheck } from "@bellwether/ingest/gbt32960/frame";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFramer } from "./frames.ts";
import { MAKER_ITEM_BYTES } from "./makerItem.ts";
import { createCar } from "./profile.ts";
import type { Dispatch } from "./schedule.ts";
import { senseReport } from "./sensors.ts";
import { createVehicle } from "./vehicle.ts";

const layouts = loadMakerLayouts(new URL("../../layouts/", import.meta.url));
const START_MS = Date.UTC(2026, 5, 1);

function decode(frame: Buffer): Sample {
  const [decoded] = decodeRecord(frame, { receivedTimeMs: START_MS + 2 * 86_400_000, bytesMax: 10_000, options: { layouts } });
  const sample = decoded?.kind === "samples" ? decoded.samples[0] : undefined;
  if (sample === undefined) throw new Error(`expected a sample, got ${decoded?.kind}`);
  return sample;
}

/** The frame as the codec knows it: the maker's item taken out again. */
function withoutMakerItem(frame: Buffer): Buffer {
  const shorter = Buffer.from(frame.subarray(0, frame.length - MAKER_ITEM_BYTES));
  shorter.writeUInt16BE(shorter.length - 25, 22);
  shorter[shorter.length - 1] = blockCheck(shorter, 2, shorter.length - 1);
  return shorter;
}

function expectTenths(got: SignalValues, sensed: SignalValues, names: readonly SignalName[]): void {
  for (const name of names) expect(Math.abs(Number(got[name] ?? 0) - Number(sensed[name] ?? 0)), name).toBeLessThanOrEqual(0.0501);
}

describe("a patched frame", () => {
  it("equals what the codec encodes, byte for byte, for every car, day and moment", () => {
    const vehicles = Array.from({ length: 40 }, (_, index) =>
      createVehicle({ fleetSeed: 5, startMs: START_MS, car: createCar(5, index, START_MS), fault: null }),
    );
    const framers = vehicles.map(createFramer);
    expect(new Set(vehicles.map((v) => v.car.profile.edition))).toEqual(new Set([2016, 2025]));
    fc.assert(
      fc.property(
        fc.nat(39),
        fc.nat(12),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.boolean(),
        (index, dayIndex, segmentShare, share, isReissue) => {
          const vehicle = vehicles[index];
          const driven = vehicle?.dayOf(dayIndex);
          const segment = driven?.trace.segments[Math.floor(segmentShare * driven.trace.segments.length)];
          if (vehicle === undefined || driven === undefined || segment === undefined) return;
          const atS = Math.floor(segment.startS + share * (segment.endS - segment.startS));
          const dispatch: Dispatch = { kind: "report", sentS: atS, atS, segment, isReissue, flaw: "none" };
          const frame = framers[index]?.(driven, dispatch);
          const { vin, edition } = vehicle.car.profile;
          const reading = vehicle.readingAt(driven, segment, atS);
          const values = senseReport(driven, reading);
          const [expected] = encodeReport({ edition, vin, eventTimeMs: reading.timeMs, isReissue, values });
          expect(withoutMakerItem(frame ?? Buffer.alloc(0)).toString("hex")).toBe(expected?.toString("hex"));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("decodes to what the car sensed, within half a step of each field", () => {
    for (const index of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const vehicle = createVehicle({ fleetSeed: 5, startMs: START_MS, car: createCar(5, index, START_MS), fault: null });
      const frameOf = createFramer(vehicle);
      const driven = vehicle.dayOf(1);
      for (const segment of driven.trace.segments) {
        const atS = segment.startS + 60;
        const frame = frameOf(driven, { kind: "report", sentS: atS, atS, segment, isReissue: false, flaw: "none" });
        const sensed = senseReport(driven, vehicle.readingAt(driven, segment, atS));
        const sample = decode(frame);
        expect(sample.vin).toBe(vehicle.car.profile.vin);
        expect(sample.eventTimeMs).toBe(driven.state.startMs + atS * 1000);
        expect(sample.values).toMatchObject({
          vehicleState: sensed.vehicleState,
          chargeState: sensed.chargeState,
          gear: sensed.gear,
          socPct: sensed.socPct,
          insulationKohm: sensed.insulationKohm,
          probeTempsC: sensed.probeTempsC,
          alarmLevel: 0,
          alarmFlags: 0,
        });
        expectTenths(sample.values, sensed, ["packVoltageV", "packCurrentA", "odometerKm", "speedKmh"]);
        expect(sample.values.auxVoltageV).toBeCloseTo(sensed.auxVoltageV ?? 0, 2);
        expectTenths(sample.values, sensed, ["ambientTempC", "tyrePressureRrKpa", "brakePadFlWornPct", "chargePortTempC", "coolantTempC"]);
        expect(sample.values.cellVoltagesV).toEqual(sensed.cellVoltagesV);
      }
    }
  });
});
