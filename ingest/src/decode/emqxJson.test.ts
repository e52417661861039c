import { existsSync, readFileSync } from "node:fs";
import type { Decoded, Sample } from "@bellwether/contracts/sample";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Edition } from "../gbt32960/frame.ts";
import { decodeRecord } from "./codecs.ts";
import { createEditionMemory } from "./emqx/editionMemory.ts";

const VECTORS = new URL("../../../../shared/vectors/gb32960_vectors_public.json", import.meta.url);
const vectorSchema = z.array(
  z.object({ name: z.string(), hex: z.string(), expected_emqx_json: z.record(z.string(), z.unknown()).optional() }),
);
const vectors = existsSync(VECTORS) ? vectorSchema.parse(JSON.parse(readFileSync(VECTORS, "utf8"))) : [];

const RECEIVED_MS = Date.UTC(2026, 0, 3);
const VIN = "LTEST00000000001X";
const TIME = { Year: 26, Month: 1, Day: 2, Hour: 8, Minute: 0, Second: 0 };
const VEHICLE_2025 = {
  Type: "Vehicle",
  Status: 1,
  Charging: 3,
  Mode: 1,
  Speed: 500,
  Mileage: 123456,
  Voltage: 3500,
  Current: 10200,
  SOC: 80,
  DC: 1,
  Gear: 14,
  Resistance: 5000,
};
const VEHICLE_2016 = { ...VEHICLE_2025, AcceleratorPedal: 20, BrakePedal: 0 };

interface Wish {
  readonly editions?: ReturnType<typeof createEditionMemory<Edition>>;
}
function decodeJson(json: unknown, { editions = createEditionMemory(10) }: Wish = {}): Decoded | undefined {
  const [decoded] = decodeRecord(Buffer.from(JSON.stringify(json)), { receivedTimeMs: RECEIVED_MS, bytesMax: 1e6, options: { editions } });
  return decoded;
}
const report = (...infos: readonly object[]) => ({ Cmd: 2, Encrypt: 1, Vin: VIN, Data: { Time: TIME, Infos: infos } });
function sampleOf(json: unknown, wish?: Wish): Sample {
  const decoded = decodeJson(json, wish);
  if (decoded?.kind !== "samples" || decoded.samples[0] === undefined) throw new Error(`expected a sample, got ${JSON.stringify(decoded)}`);
  return decoded.samples[0];
}
const base64 = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex").toString("base64");

describe.skipIf(vectors.length === 0)("the public test vectors (skipped without ../shared/vectors)", () => {
  it.each(vectors.filter((vector) => vector.expected_emqx_json !== undefined))("$name says the same as its frame", (vector) => {
    const [frame] = decodeRecord(Buffer.from(vector.hex, "hex"), { receivedTimeMs: RECEIVED_MS, bytesMax: 1e6 });
    const expected =
      frame?.kind === "samples" ? { ...frame, samples: frame.samples.map((one) => ({ ...one, format: "emqx-json" })) } : frame;
    expect(decodeJson(vector.expected_emqx_json)).toEqual(expected);
  });
});

describe("gateway JSON", () => {
  it("gives the example's values in the catalogue's units", () => {
    const sample = sampleOf(
      report(VEHICLE_2016, {
        Type: "ChargeableTemp",
        Number: 1,
        SubSystems: [{ ChargeableSubsysNo: 1, ProbeNum: 2, ProbesTemp: [65, 255] }],
      }),
    );
    expect(sample).toMatchObject({ vin: VIN, format: "emqx-json", eventTimeMs: Date.UTC(2026, 0, 2), receivedTimeMs: RECEIVED_MS });
    expect(sample.values).toMatchObject({ speedKmh: 50, odometerKm: 12345.6, packVoltageV: 350, packCurrentA: 20, socPct: 80, gear: "D" });
    expect(sample.values.probeTempsC).toEqual([25, null]);
    expect(sample.quality).toEqual([{ signal: "probeTempsC", reason: "invalid" }]);
  });

  it("takes a vehicle without pedals for the 2025 edition, whose current has another offset", () => {
    expect(sampleOf(report(VEHICLE_2025)).values.packCurrentA).toBe(-1980);
  });

  it("refuses items of both editions", () => {
    const pack = { BatteryPackNo: 1, ProbeNum: 1, ProbesTemp: [65] };
    expect(decodeJson(report(VEHICLE_2016, { Type: "TempOfPowerBattery", Number: 1, SubSystems: [pack] }))).toMatchObject({
      rejection: { reason: "schema", detail: "expected items of one edition, got marks of both" },
    });
  });

  it("reads the standard items inside CustomData, and the maker's item before them", () => {
    const custom = { Type: "CustomData", Data: base64("80 0002 aabb 09 01 01 0001 41") };
    expect(sampleOf(report(VEHICLE_2016, custom)).values).toMatchObject({ probeTempsC: [25], packCurrentA: 20 });
  });

  it("does not guess the edition of a payload without a mark, but remembers the vehicle's earlier report", () => {
    const custom = { Type: "CustomData", Data: base64("80 0002 aabb 01 010301 01f4 0001e240 0dac 27d8 50 01 0e 1388") };
    expect(decodeJson(report(custom))).toMatchObject({ rejection: { reason: "unsupported_version" } });
    const editions = createEditionMemory<Edition>(10);
    sampleOf(report(VEHICLE_2025), { editions });
    expect(sampleOf(report(custom), { editions }).values.packCurrentA).toBe(-1980);
  });

  it("remembers the login's shape", () => {
    const editions = createEditionMemory<Edition>(10);
    const login = { Cmd: 1, Encrypt: 1, Vin: VIN, Data: { Time: TIME, Seq: 1, ICCID: "1", Num: 1, Length: 0, Id: "" } };
    expect(decodeJson(login, { editions })).toEqual({ kind: "ignored", what: "login" });
    expect(editions.recall(VIN)).toBe(2016);
    expect(editions.recall("LTEST000000000002")).toBeUndefined();
  });

  it("counts a maker's item alone as such, because nothing of it hangs on the edition", () => {
    expect(decodeJson(report({ Type: "CustomData", Data: base64("80 0002 aabb") }))).toEqual({ kind: "ignored", what: "maker_report" });
  });

  it("keeps a fault the gateway could not print as a count", () => {
    const alarm = {
      Type: "Alarm",
      MaxAlarmLevel: 1,
      GeneralAlarmFlag: 1,
      FaultChargeableDeviceNum: 2,
      FaultChargeableDeviceList: ["007B", "****"],
      FaultDriveMotorNum: 255,
      FaultDriveMotorList: [],
      FaultEngineNum: 0,
      FaultEngineList: [],
      FaultOthersNum: 0,
      FaultOthersList: [],
    };
    const sample = sampleOf(report(alarm));
    expect(sample.dtcs).toEqual([
      { system: "gbt_flag", code: "temperature_difference" },
      { system: "gbt_ess", code: "0000007B" },
    ]);
    expect(sample.extra).toEqual({ gbt_unreadable_faults: 1 });
  });

  it("keeps nothing of a platform's login", () => {
    const login = { Cmd: 5, Encrypt: 1, Vin: VIN, Data: { Time: TIME, Seq: 1, Username: "u", Password: "secret", Encrypt: 1 } };
    expect(JSON.stringify(decodeJson(login))).toBe('{"kind":"ignored","what":"platform_login"}');
  });

  it.each([
    ["encrypted", { ...report(VEHICLE_2016), Encrypt: 3 }],
    ["bad_vin", { ...report(VEHICLE_2016), Vin: "?" }],
    ["bad_time", { ...report(VEHICLE_2016), Data: { Time: { ...TIME, Month: 13 }, Infos: [VEHICLE_2016] } }],
    ["schema", report({ ...VEHICLE_2016, Speed: 50.5 })],
    ["schema", report({ ...VEHICLE_2016, Speed: 70_000 })],
    ["schema", report({ ...VEHICLE_2016, Speed: undefined })],
    ["schema", report(VEHICLE_2016, { Type: "constructor" })],
    ["schema", report({ Type: "ChargeableTemp", Number: 2, SubSystems: [{ ChargeableSubsysNo: 1, ProbeNum: 1, ProbesTemp: [65] }] })],
    ["schema", { Cmd: 2, Encrypt: 1, Vin: VIN, Data: { Time: TIME, Infos: [1] } }],
    ["unsupported_version", report({ Type: "DriveMotor", Number: 0, Motors: [] })],
  ])("is rejected as %s", (reason, json) => {
    expect(decodeJson(json)).toMatchObject({ kind: "rejected", rejection: { reason } });
  });

  it("never throws, whatever a value is replaced by", () => {
    const keys = Object.keys(VEHICLE_2016);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        expect(decodeJson(report({ ...VEHICLE_2016, [key]: value }))).toBeDefined();
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (infos) => decodeJson({ Cmd: 2, Vin: VIN, Data: { Time: TIME, Infos: infos } }) !== undefined));
  });
});

describe("the memory", () => {
  it("forgets the vehicle not spoken of for longest", () => {
    const memory = createEditionMemory<number>(2);
    memory.note("A", 1);
    memory.note("B", 2);
    memory.note("A", 3);
    memory.note("C", 4);
    expect(["A", "B", "C"].map(memory.recall)).toEqual([3, undefined, 4]);
  });
});
