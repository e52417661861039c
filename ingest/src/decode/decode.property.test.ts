import { isDeepStrictEqual } from "node:util";
import type { Decoded, Sample } from "@bellwether/contracts/sample";
import { SIGNAL_NAMES } from "@bellwether/contracts/signals";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withPlausibleValues } from "../arrival/validate.ts";
import { decodeRecord } from "./codecs.ts";
import { encodeSampleJson } from "./sampleJson.ts";
import { decodeFixture, type Fixture, fixtureFormats, fixturesOf, RECEIVED_MS } from "./testing/fixtureLines.ts";

const BYTES_MAX = 1e6;
const fixtures = fixtureFormats().flatMap(fixturesOf);
const anyFixture = fc.constantFrom(...fixtures);

/** What our own strict form would refuse, behind the check of ranges: no number, a state the catalogue does not know, an unknown signal. */
function isSound(decoded: Sample): boolean {
  const sample = withPlausibleValues(decoded);
  const [again] = decodeRecord(encodeSampleJson(sample), { receivedTimeMs: RECEIVED_MS, bytesMax: 1e8 });
  if (again?.kind !== "samples" || again.samples[0] === undefined) return false;
  return isDeepStrictEqual(content(again.samples[0]), content(sample));
}

/** By way of JSON, which knows no sign of 0. */
function content({ vin, eventTimeMs, values, dtcs, extra }: Sample): unknown {
  return JSON.parse(JSON.stringify({ vin, eventTimeMs, values, dtcs, extra }));
}

function checkAll(decoded: readonly Decoded[]): void {
  expect(decoded.length).toBeGreaterThan(0);
  for (const one of decoded) {
    if (one.kind === "rejected") expect(one.rejection.detail).toMatch(/^[^\n]{1,400}$/);
    if (one.kind === "samples") for (const sample of one.samples) expect(isSound(sample), JSON.stringify(sample)).toBe(true);
  }
}

const changed = fc
  .tuple(anyFixture, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.constantFrom("replace", "insert", "cut", "repeat"))
  .map(([fixture, at, bytes, how]): [Fixture, Buffer] => [fixture, change(fixture.payload, at, Buffer.from(bytes), how)]);

function change(payload: Buffer, position: number, bytes: Buffer, how: string): Buffer {
  const at = position % (payload.length + 1);
  const head = payload.subarray(0, at);
  if (how === "cut") return head;
  if (how === "insert") return Buffer.concat([head, bytes, payload.subarray(at)]);
  if (how === "repeat") return Buffer.concat([head, payload]);
  return Buffer.concat([head, bytes, payload.subarray(at + bytes.length)]);
}

/** A JSON fixture with one of its values, at any depth, replaced by any other. */
const jsonFixtures = fixtures.flatMap((fixture) => {
  const text = fixture.payload.toString("utf8");
  return /^[{[]/.test(text) && isJson(text) ? [{ fixture, text }] : [];
});
const changedJson = fc
  .tuple(fc.constantFrom(...jsonFixtures), fc.nat(), fc.jsonValue())
  .map(([{ fixture, text }, which, value]): [Fixture, Buffer] => {
    let seen = 0;
    const target = which % countValues(text);
    const json: unknown = JSON.parse(text, (_, old) => (seen++ === target ? value : old));
    return [fixture, Buffer.from(JSON.stringify(json) ?? "null")];
  });

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function countValues(text: string): number {
  let values = 0;
  JSON.parse(text, (_, old) => {
    values++;
    return old;
  });
  return values;
}

describe("every format", () => {
  it("gives sound samples or a reason, whatever happens to a payload's bytes", () => {
    fc.assert(
      fc.property(changed, ([fixture, payload]) => checkAll(decodeFixture(fixture, payload))),
      { numRuns: 1500 },
    );
  });

  it("gives sound samples or a reason, whatever a JSON value is replaced by", () => {
    fc.assert(
      fc.property(changedJson, ([fixture, payload]) => checkAll(decodeFixture(fixture, payload))),
      { numRuns: 1500 },
    );
  });

  it("gives sound samples or a reason for random bytes behind the beginning of any payload", () => {
    const random = fc.tuple(anyFixture, fc.nat({ max: 12 }), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(random, ([fixture, length, bytes]) =>
        checkAll(decodeFixture(fixture, Buffer.concat([fixture.payload.subarray(0, length), Buffer.from(bytes)]))),
      ),
      { numRuns: 1000 },
    );
  });

  it("never changes what it reads", () => {
    for (const fixture of fixtures) {
      const copy = Buffer.from(fixture.payload);
      decodeFixture(fixture, copy);
      expect(copy.equals(fixture.payload)).toBe(true);
    }
  });

  it.each([
    ["lists", "[".repeat(200_000)],
    ["objects", '{"Vehicle":'.repeat(50_000)],
    ["a deep tree of VSS", `${'{"Vehicle":'.repeat(5000)}1${"}".repeat(5000)}`],
    ["groups of protobuf", `\n\x0b${"\x0b".repeat(200_000)}`],
  ])("survives %s without end", (_, text) => {
    const [decoded] = decodeRecord(Buffer.from(text, "latin1"), {
      receivedTimeMs: RECEIVED_MS,
      bytesMax: BYTES_MAX,
      key: Buffer.from("V1"),
    });
    expect(decoded?.kind).toBe("rejected");
  });

  it("never takes a name of JavaScript's own for one of its own", () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const payloads = [
        { data: [{ key: name, value: { stringValue: "1" } }], createdAt: RECEIVED_MS, vin: "V1" },
        [{ path: name, value: 1, timestamp: RECEIVED_MS }],
        { Cmd: 2, Vin: "V1", Data: { Time: {}, Infos: [{ Type: name }] } },
      ];
      for (const payload of payloads)
        checkAll(
          decodeRecord(Buffer.from(JSON.stringify(payload)), { receivedTimeMs: RECEIVED_MS, bytesMax: BYTES_MAX, key: Buffer.from("V1") }),
        );
    }
    expect(SIGNAL_NAMES).not.toContain("constructor");
  });
});
