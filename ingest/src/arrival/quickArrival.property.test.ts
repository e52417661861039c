import { SIGNAL_NAMES, type SignalName, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import type { LogRecord } from "@bellwether/runtime/log/records";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Outcome } from "../blocks/block.ts";
import { fillFromSample, ReportRow } from "../blocks/reportRow.ts";
import { type IngestConfig, ingestConfigSchema } from "../config.ts";
import { encodeReport } from "../gbt32960/encode.ts";
import { blockCheck, type Edition, OFFSETS } from "../gbt32960/frame.ts";
import { arrive } from "../pipeline.ts";
import { createPrivacy } from "../privacy/privacy.ts";
import { createQuickArrival, type QuickArrival } from "./quickArrival.ts";

const VIN = "LTEST00000000001X";
const EVENT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const RECEIVED_MS = EVENT_MS + 1500;

function recordOf(value: Buffer, key: string | null = VIN): LogRecord {
  return { topic: "t", partition: 0, offset: 7, key: key === null ? null : Buffer.from(key), value, headers: {}, timestampMs: RECEIVED_MS };
}

/** Everything a row puts into the table. */
function shown(row: ReportRow) {
  row.fillExtremes();
  const { vin, eventTimeMs, receivedTimeMs, format, isReissue, part, extra, quality, numbers, elements, listStarts, listLengths } = row;
  const lists = Array.from(listLengths, (length, i) => [...elements.subarray(listStarts[i] ?? 0, (listStarts[i] ?? 0) + length)]);
  return { vin, eventTimeMs, receivedTimeMs, format, isReissue, part, extra, quality, numbers: [...numbers], lists };
}

interface Ways {
  readonly quick: QuickArrival;
  readonly general: (record: LogRecord) => Outcome;
}

/** Sends a record both ways and compares; says whether the quick way took it. */
function sameBothWays(record: LogRecord, ways: Ways): boolean {
  const quick = ways.quick(record);
  if (quick === undefined) return false;
  const { samples, ignored, parked } = ways.general(record);
  expect({ samples: samples.length, ignored, parked }).toEqual({ samples: 1, ignored: [], parked: undefined });
  const [sample] = samples;
  if (sample === undefined || quick.row === undefined) throw new Error("expected a sample and a row");
  expect(sample.dtcs).toEqual([]);
  const general = new ReportRow();
  fillFromSample(general, sample);
  expect(shown(quick.row)).toEqual(shown(general));
  expect([quick.offset, quick.loggedMs]).toEqual([7, RECEIVED_MS]);
  return true;
}

const SECRET = { ingestPrivacySecret: "sixteen characters" };
const OVERRIDES: readonly Partial<IngestConfig>[] = [
  {},
  { ...SECRET, ingestVinMode: "pseudonym" },
  { ...SECRET, ingestPosition: "drop" },
  { ...SECRET, ingestPosition: "round", ingestVinMode: "pseudonym" },
];
const WAYS: readonly Ways[] = OVERRIDES.map((overrides) => {
  const config = { ...ingestConfigSchema.parse({}), ...overrides };
  const protect = createPrivacy(config);
  return { quick: createQuickArrival(config), general: (record) => protect(arrive(record, config)) };
});

/** Lengths of the lists. */
interface Sizes {
  readonly cells: number;
  readonly probes: number;
  readonly motors: number;
}
const sizes: fc.Arbitrary<Sizes> = fc.record({
  cells: fc.integer({ min: 1, max: 40 }),
  probes: fc.integer({ min: 1, max: 10 }),
  motors: fc.integer({ min: 0, max: 3 }),
});

/** A plausible number of a signal, in tenths. */
function numberOf(name: SignalName): fc.Arbitrary<number> {
  const [min, max] = signalDefinition(name).range ?? [0, 100];
  return fc.integer({ min: Math.ceil(Math.max(min, -20) * 10), max: Math.floor(Math.min(max, 200) * 10) - 1 }).map((tenths) => tenths / 10);
}

/** A plausible value of a signal; lists have gaps now and then. */
function readingOf(name: SignalName, { cells, probes, motors }: Sizes): fc.Arbitrary<unknown> {
  const { kind, values = [] } = signalDefinition(name);
  switch (kind) {
    case "bool":
      return fc.boolean();
    case "enum":
      return fc.constantFrom(...values);
    case "uint8":
    case "uint16":
      return fc.integer({ min: 1, max: 3 });
    case "uint32":
      return fc.constant(0);
    case "float32[]": {
      const length = name === "cellVoltagesV" ? cells : name === "probeTempsC" ? probes : motors;
      const element = fc.oneof({ weight: 40, arbitrary: numberOf(name) }, { weight: 1, arbitrary: fc.constant(null) });
      return fc.array(element, { minLength: length, maxLength: length });
    }
    default:
      return numberOf(name);
  }
}

/** Signals both formats carry; trouble codes, hydrogen and fuel cells go the long way. */
const NAMES = SIGNAL_NAMES.filter((name) => !/^(hydrogen|fuelCell)/.test(name));

const reportValues: fc.Arbitrary<SignalValues> = sizes.chain((lengths) =>
  fc.record(Object.fromEntries(NAMES.map((name) => [name, readingOf(name, lengths)])), { requiredKeys: [] }),
);

function withCheck(frame: Buffer): Buffer {
  frame.writeUInt8(blockCheck(frame, OFFSETS.command, frame.length - 1), frame.length - 1);
  return frame;
}

const editions: fc.Arbitrary<Edition> = fc.constantFrom(2016, 2025);

it("gives the rows of the long way for frames of both editions, and takes nearly all of them", () => {
  let taken = 0;
  let all = 0;
  fc.assert(
    fc.property(reportValues, editions, fc.boolean(), fc.constantFrom(...WAYS), (values, edition, isReissue, ways) => {
      for (const frame of encodeReport({ edition, vin: VIN, eventTimeMs: EVENT_MS, isReissue, values })) {
        all++;
        if (sameBothWays(recordOf(frame), ways)) taken++;
      }
    }),
    { numRuns: 150 },
  );
  expect(taken / all).toBeGreaterThan(0.7);
});

it("gives the rows of the long way for frames with any bytes changed, or leaves them to it", () => {
  const changes = fc.array(fc.record({ at: fc.nat(), to: fc.oneof(fc.nat(255), fc.constantFrom(0xff, 0xfe, 0, 1, 2)) }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(reportValues, editions, changes, fc.constantFrom(...WAYS), (values, edition, edits, ways) => {
      const [frame] = encodeReport({ edition, vin: VIN, eventTimeMs: EVENT_MS, values });
      if (frame === undefined) return;
      for (const { at, to } of edits) frame.writeUInt8(to, at % frame.length);
      sameBothWays(recordOf(withCheck(frame)), ways);
      sameBothWays(recordOf(frame.subarray(0, frame.length - 1)), ways);
    }),
    { numRuns: 300 },
  );
});

it("gives the rows of the long way for our own JSON", () => {
  let taken = 0;
  let all = 0;
  const rest = fc.record(
    {
      receivedTime: fc.constantFrom(null, EVENT_MS + 5, "2026-01-02T03:04:07Z"),
      isReissue: fc.constantFrom(true, false, null),
      dtcs: fc.constantFrom(null, []),
      extra: fc.constantFrom(null, null, { a: 1 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      reportValues,
      rest,
      fc.constantFrom(...WAYS),
      fc.option(fc.tuple(fc.constantFrom(...NAMES), fc.jsonValue()), { freq: 3 }),
      (values, others, ways, odd) => {
        const json = { vin: VIN, eventTime: EVENT_MS, ...values, ...others, ...(odd === null ? {} : { [odd[0]]: odd[1] }) };
        all++;
        if (sameBothWays(recordOf(Buffer.from(JSON.stringify(json))), ways)) taken++;
      },
    ),
    { numRuns: 150 },
  );
  expect(taken / all).toBeGreaterThan(0.1);
});

it("takes a plain report and leaves keys, times and sizes it cannot vouch for to the long way", () => {
  const config = { ...ingestConfigSchema.parse({}), ingestAgeMax: 1_000_000 };
  const arrival = createQuickArrival(config);
  const [frame = Buffer.alloc(0)] = encodeReport({ edition: 2016, vin: VIN, eventTimeMs: EVENT_MS, values: { socPct: 50 } });
  expect(arrival(recordOf(frame))).toBeDefined();
  expect(arrival(recordOf(frame, "ltest00000000001x"))).toBeDefined();
  expect(arrival(recordOf(frame, "LTEST00000000002X"))).toBeUndefined();
  expect(arrival(recordOf(frame, null))).toBeUndefined();
  expect(arrival({ ...recordOf(frame), timestampMs: EVENT_MS - 400_000 })).toBeUndefined();
  expect(arrival({ ...recordOf(frame), timestampMs: EVENT_MS + 2_000_000 })).toBeUndefined();
  expect(createQuickArrival({ ...config, ingestRecordBytesMax: 10 })(recordOf(frame))).toBeUndefined();
});
