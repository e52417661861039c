import { createHmac } from "node:crypto";
import type { LogRecord } from "@bellwether/runtime/log/records";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../blocks/block.ts";
import { type IngestConfig, ingestConfigSchema } from "../config.ts";
import { COMMANDS, writeFrame } from "../gbt32960/frame.ts";
import { arrive } from "../pipeline.ts";
import { withoutPasswords } from "./passwords.ts";
import { createPrivacy } from "./privacy.ts";
import { createSealing } from "./sealing.ts";

const SECRET = "a secret of the fleet";
const VIN = "LTEST000000000001";
const AT_MS = Date.UTC(2026, 4, 1, 10);
const defaults = ingestConfigSchema.parse({});

function outcomeOf(settings: Partial<IngestConfig>, value: Buffer | string, headers: Record<string, string> = {}): Outcome {
  const config = { ...defaults, ...settings };
  const bytes = Buffer.from(value);
  const record: LogRecord = { topic: "t", partition: 0, offset: 7, key: Buffer.from(VIN), value: bytes, headers, timestampMs: AT_MS };
  return createPrivacy(config)(arrive(record, config));
}
const report = (fields: object = {}) =>
  JSON.stringify({ vin: VIN, eventTime: AT_MS - 1000, longitudeDeg: 121.47371, latitudeDeg: 31.23042, ...fields });
const PSEUDONYM = `P${createHmac("sha256", SECRET).update(VIN).digest("hex").slice(0, 30)}`.toUpperCase();

describe("pseudonyms", () => {
  const settings = { ingestVinMode: "pseudonym", ingestPrivacySecret: SECRET } as const;

  it("replace the VIN by its keyed hash, the same one every time, another one with another secret", () => {
    expect(outcomeOf(settings, report()).samples[0]?.vin).toBe(PSEUDONYM);
    expect(outcomeOf({ ...settings, ingestPrivacySecret: `${SECRET}!` }, report()).samples[0]?.vin).not.toBe(PSEUDONYM);
  });

  it("leave no VIN in anything that is stored of a dead letter, and keep it openable with the secret", () => {
    for (const broken of [report().slice(0, -1), report({ vin: "LTEST000000000002" }), report({ vin: `${VIN}!?` }), report({ [VIN]: 1 })]) {
      const { parked } = outcomeOf(settings, broken, { vehicle: VIN });
      if (parked === undefined) throw new Error("expected a dead letter");
      const { value, ...visible } = parked;
      const shown = JSON.stringify(visible) + value.toString("latin1");
      expect(shown).not.toMatch(/LTEST0000000000/);
      expect(parked.keyText).toBe(PSEUDONYM);
      expect(createSealing(SECRET).open(value)).toEqual({ key: Buffer.from(VIN), headers: { vehicle: VIN }, value: Buffer.from(broken) });
      expect(createSealing("another secret of the fleet").open(value)).toBeNull();
    }
  });

  it("need a secret of some length", () => {
    expect(() => createPrivacy({ ...defaults, ingestVinMode: "pseudonym" })).toThrow(/INGEST_PRIVACY_SECRET: expected a secret/);
    expect(() => createPrivacy({ ...defaults, ingestPosition: "drop", ingestPrivacySecret: "short" })).toThrow(/at least 16 characters/);
  });
});

describe("positions", () => {
  const values = (settings: Partial<IngestConfig>, fields: object = {}) =>
    outcomeOf({ ingestPrivacySecret: SECRET, ...settings }, report(fields)).samples[0];

  it("are kept, rounded or dropped, also where the source gave them another name", () => {
    expect(values({})?.values).toMatchObject({ longitudeDeg: 121.47371, latitudeDeg: 31.23042 });
    expect(values({ ingestPosition: "round" })?.values).toMatchObject({ longitudeDeg: 121.47, latitudeDeg: 31.23 });
    expect(values({ ingestPosition: "round", ingestPositionDecimals: 0 })?.values).toMatchObject({ longitudeDeg: 121, latitudeDeg: 31 });
    const dropped = values({ ingestPosition: "drop" }, { extra: { gps_altitude: 4, "vehicle.lat": 31.2, latency: 5 }, socPct: 50 });
    expect(dropped?.values).toEqual({ socPct: 50 });
    expect(dropped?.extra).toEqual({ latency: 5 });
  });
});

describe("passwords", () => {
  const login = writeFrame(
    { edition: 2016, command: COMMANDS.platformLogin, ack: 0xfe, vin: VIN, encryption: 1 },
    Buffer.from(`\x1a\x05\x01\x0a\x00\x00\x00\x01${"user".padEnd(12, "\0")}${"correct horse".padEnd(20, "\0")}\x01`, "latin1"),
  );
  const broken = Buffer.from(login);
  broken.writeUInt8(broken.readUInt8(30) ^ 1, 30);

  it.each([
    ["bytes", broken],
    ["a frame cut off inside the password", login.subarray(0, 52)],
    ["behind rubbish", Buffer.concat([Buffer.from("xx"), broken])],
    ["hex", Buffer.from(broken.toString("hex"))],
    ["base64", Buffer.from(broken.toString("base64"))],
  ])("of a platform login are not in its dead letter: %s", (_, value) => {
    const { parked } = outcomeOf({}, value);
    expect(parked?.value.length).toBe(value.length);
    for (const encoding of ["latin1", "hex", "base64"] as const) {
      const bytes = Buffer.from(parked?.value.toString("latin1") ?? "", encoding);
      expect(bytes.toString("latin1")).not.toContain("correct");
    }
    expect(JSON.stringify(parked?.rejection)).not.toContain("correct");
  });

  it("are masked in JSON and in headers", () => {
    const { parked } = outcomeOf({}, '{"vin":"X","password":"correct \\" horse"', { "x-token": "correct", source: "gateway" });
    expect(parked?.value.toString()).toBe(`{"vin":"X","password":"${"*".repeat(16)}"`);
    expect(parked?.headers).toEqual({ "x-token": "***", source: "gateway" });
  });

  it("leave everything else as it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const raw = Buffer.from(bytes);
        expect(withoutPasswords(raw)).toEqual(raw);
      }),
    );
  });
});

it("parks a record whose decoder throws, so that it does not stop its partition", () => {
  const value = Object.assign(Buffer.from("{}"), {
    toString() {
      throw new RangeError("a bug");
    },
  });
  const record: LogRecord = { topic: "t", partition: 0, offset: 1, key: null, value, headers: {}, timestampMs: AT_MS };
  expect(arrive(record, defaults).parked?.rejection).toEqual({ reason: "decoder_failed", detail: expect.stringContaining("RangeError") });
});
