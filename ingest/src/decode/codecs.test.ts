import type { Decoded, Sample } from "@bellwether/contracts/sample";
import { parseVin } from "@bellwether/contracts/vin";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeReport } from "../gbt32960/encode.ts";
import { decodeRecord } from "./codecs.ts";
import { encodeSampleJson } from "./sampleJson.ts";

const RECEIVED_MS = Date.UTC(2026, 0, 2);
const EVENT_MS = Date.UTC(2026, 0, 1, 12);
const context = { receivedTimeMs: RECEIVED_MS, bytesMax: 1024 * 1024 };
const [frame = Buffer.alloc(0)] = encodeReport({ edition: 2016, vin: "LTEST000000000001", eventTimeMs: EVENT_MS, values: { socPct: 80 } });
const [frame2025 = Buffer.alloc(0)] = encodeReport({
  edition: 2025,
  vin: "LTEST000000000001",
  eventTimeMs: EVENT_MS,
  values: { socPct: 80 },
});

function samplesOf(decoded: readonly Decoded[]): readonly Sample[] {
  return decoded.flatMap((one) => (one.kind === "samples" ? one.samples : []));
}
function rejectionOf(bytes: Buffer | null) {
  const [first] = decodeRecord(bytes, context);
  return first?.kind === "rejected" ? first.rejection : undefined;
}
const json = (report: unknown) => Buffer.from(JSON.stringify(report));

describe("content recognition", () => {
  it.each([
    ["bytes of 2016", frame],
    ["bytes of 2025", frame2025],
    ["hex text", Buffer.from(frame.toString("hex"))],
    ["hex text, upper case, end of line", Buffer.from(`${frame2025.toString("hex").toUpperCase()}\n`)],
    ["base64", Buffer.from(frame.toString("base64"))],
    ["base64 of 2025", Buffer.from(frame2025.toString("base64"))],
    ["our JSON", json({ vin: "LTEST000000000001", eventTime: "2026-01-01T20:00:00+08:00", socPct: 80 })],
    ["our JSON after white space", Buffer.from(`\n  {"vin":"ltest000000000001","eventTime":${EVENT_MS},"socPct":80}`)],
  ])("reads %s", (_, bytes) => {
    const [sample] = samplesOf(decodeRecord(bytes, context));
    expect(sample).toMatchObject({ vin: "LTEST000000000001", eventTimeMs: EVENT_MS, receivedTimeMs: RECEIVED_MS, values: { socPct: 80 } });
  });

  it("reads a frame behind an ICCID or a blank and a receive time in China's time", () => {
    for (const prefix of ["89860012345678901234", " "]) {
      const [sample] = samplesOf(decodeRecord(Buffer.concat([Buffer.from(`${prefix}2026-01-01 20:00:05`), frame]), context));
      expect(sample).toMatchObject({ eventTimeMs: EVENT_MS, receivedTimeMs: EVENT_MS + 5000 });
    }
  });

  it("reads every frame of a record that holds several, and rejects the rubbish between them", () => {
    const decoded = decodeRecord(Buffer.concat([frame, Buffer.from("#rubbish"), frame2025]), context);
    expect(samplesOf(decoded)).toHaveLength(2);
    expect(decoded.filter(({ kind }) => kind === "rejected")).toHaveLength(1);
  });

  it("says what came where it recognises nothing", () => {
    expect(rejectionOf(Buffer.from([0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5]))).toEqual({
      reason: "unknown_format",
      detail: "expected a GB/T 32960 frame or a JSON object, got first bytes deadbeef01020304",
    });
    expect(rejectionOf(null)?.reason).toBe("empty");
    expect(rejectionOf(Buffer.alloc(context.bytesMax + 1, 0x23))?.reason).toBe("too_large");
    expect(rejectionOf(Buffer.from("2323zz"))).toEqual({
      reason: "malformed",
      detail: "expected hex digits only, got byte 0x7a at position 4",
    });
  });

  it("never throws and never answers nothing, whatever the bytes", () => {
    const starts = fc.constantFrom(
      "",
      "##",
      "$$",
      "2323",
      "2424",
      "IyM",
      "JCQ",
      "{",
      '{"vin":"A","eventTime":1,"x":',
      " 2026-01-01 20:00:05##",
    );
    const mutated = fc.tuple(fc.nat(frame.length - 1), fc.nat(255)).map(([at, byte]) => Buffer.from(frame).fill(byte, at, at + 1));
    const any = fc.oneof(
      fc.tuple(starts, fc.uint8Array({ maxLength: 300 })).map(([start, rest]) => Buffer.concat([Buffer.from(start), rest])),
      fc.json().map((text) => Buffer.from(text)),
      mutated,
    );
    fc.assert(fc.property(any, (bytes) => decodeRecord(bytes, context).length > 0));
  });
});

describe("sample JSON", () => {
  const report = { vin: "V1", eventTime: EVENT_MS };
  it.each([
    ["schema", { ...report, speedKhm: 3 }, /unknown key "speedKhm"/],
    ["schema", { ...report, gear: "X" }, /^expected catalogue signals, got gear:/],
    ["schema", { ...report, cellVoltagesV: [1, "2"] }, /cellVoltagesV: expected an array of numbers and nulls/],
    ["schema", { ...report, dtcs: [{ system: "none", code: "P0A80" }] }, /dtcs.0.system/],
    ["bad_vin", { eventTime: EVENT_MS }, /expected vin/],
    ["bad_time", { vin: "V1", eventTime: "yesterday" }, /expected eventTime/],
    ["bad_time", { vin: "V1", eventTime: "2026-01-01T12:00:00" }, /with an offset/],
    ["bad_time", { vin: "V1" }, /expected eventTime/],
  ])("is rejected as %s", (reason, bad, detail) => {
    expect(rejectionOf(json(bad))).toMatchObject({ reason, detail: expect.stringMatching(detail) });
  });

  it("takes null for missing", () => {
    const [sample] = samplesOf(decodeRecord(json({ ...report, socPct: null, gear: null, extra: { a: 1, b: null } }), context));
    expect(sample?.values).toEqual({});
    expect(sample?.extra).toEqual({ a: 1 });
  });

  it("gives back what was encoded", () => {
    const vin = parseVin("LTEST000000000001");
    if (vin === null) throw new Error("not a VIN");
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((reading) => reading + 0);
    const values = fc.record(
      {
        packVoltageV: number,
        gear: fc.constantFrom("D" as const, "12" as const),
        brakeOn: fc.boolean(),
        alarmFlags: fc.nat(),
        cellVoltagesV: fc.array(fc.option(number)),
      },
      { requiredKeys: [] },
    );
    const dtc = fc.record({ system: fc.constant("obd" as const), code: fc.constantFrom("P0A80", "C0035"), level: fc.nat(255) });
    const sample = fc.record({
      vin: fc.constant(vin),
      eventTimeMs: fc.integer({ min: 0, max: 4e12 }),
      receivedTimeMs: fc.integer({ min: 0, max: 4e12 }),
      format: fc.constant("sample-json" as const),
      isReissue: fc.boolean(),
      part: fc.constant(0),
      values,
      extra: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), number, { noNullPrototype: true }),
      dtcs: fc.array(dtc),
      quality: fc.constant([]),
    });
    fc.assert(
      fc.property(sample, (original) => {
        expect(samplesOf(decodeRecord(encodeSampleJson(original), context))).toEqual([original]);
      }),
    );
  });
});
