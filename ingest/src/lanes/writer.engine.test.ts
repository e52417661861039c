import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { Sample } from "@bellwether/contracts/sample";
import { columnOf, isSignalName, SIGNAL_NAMES, type SignalName, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { BlockContent } from "../blocks/content.ts";
import { decodeRecord } from "../decode/codecs.ts";
import { encodeReport } from "../gbt32960/encode.ts";
import { createWriter } from "./writer.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const EVENT_MS = Date.UTC(2026, 4, 31, 23, 59, 59);
const looseRow = z.record(z.string(), z.unknown());

/** A value of the signal's kind, different from row to row; numbers are exact in Float32. */
function readingOf(name: SignalName, i: number): unknown {
  const { kind, values = [] } = signalDefinition(name);
  switch (kind) {
    case "float32[]":
      return i % 3 === 0 ? [] : Array.from({ length: 5 + (i % 4) }, (_, k) => (k === i % 5 ? null : k + 0.25));
    case "bool":
      return i % 2 === 0;
    case "enum":
      return values[i % values.length];
    case "uint8":
    case "uint16":
    case "uint32":
      return i % 200;
    default:
      return i + 0.5;
  }
}

function isValues(values: Record<string, unknown>): values is SignalValues {
  return Object.keys(values).every(isSignalName);
}

/** Row i lacks every signal whose position has the same remainder: each column has values and gaps. */
function sampleAt(i: number): Sample {
  const present = SIGNAL_NAMES.filter((_, position) => position % 4 !== i % 4);
  const values = Object.fromEntries(present.map((name) => [name, readingOf(name, i)]));
  const [decoded] = decodeRecord(Buffer.from(JSON.stringify({ vin: `V${i}`, eventTime: EVENT_MS + i, extra: { n: i } })), {
    receivedTimeMs: EVENT_MS,
    bytesMax: 1000,
  });
  const [sample] = decoded?.kind === "samples" ? decoded.samples : [];
  if (sample === undefined || !isValues(values)) throw new Error("expected a sample");
  return { ...sample, values, quality: i % 2 === 0 ? [] : [{ signal: "socPct", reason: "invalid" }] };
}

it("stores every signal as it was, absent ones as NULL or an empty list", async () => {
  const rows = 700;
  const content = new BlockContent();
  for (let i = 0; i < rows; i++) content.add({ offset: 10 + i, samples: [sampleAt(i)], ignored: [] });
  content.seal();
  const block = { topic: "every-signal", partition: 2, firstOffset: 10, lastOffset: 9 + rows, content, hasLanded: false };
  await createWriter(test.store).write(block);
  await createWriter(test.store).write(block);
  const columns = SIGNAL_NAMES.map(columnOf).join(", ");
  const stored = await test.store.query(
    `SELECT vin, log_offset, log_partition, extra, quality, ${columns} FROM telemetry WHERE log_topic = 'every-signal' ORDER BY log_offset`,
    looseRow,
  );
  expect(stored).toHaveLength(rows);
  for (const [i, row] of stored.entries()) {
    expect(row).toMatchObject({ vin: `V${i}`, log_partition: 2, extra: { n: i }, quality: i % 2 === 0 ? [] : ["socPct:invalid"] });
    expect(Number(row["log_offset"])).toBe(10 + i);
    expectSignals(row, i);
  }
});

function expectSignals(row: Readonly<Record<string, unknown>>, i: number): void {
  for (const [position, name] of SIGNAL_NAMES.entries()) {
    const isAbsent = position % 4 === i % 4;
    // Extremes may have been filled in from a complete list.
    if (isAbsent && /Max|Min/.test(name)) continue;
    const absent = signalDefinition(name).kind === "float32[]" ? [] : null;
    expect([name, row[columnOf(name)]]).toEqual([name, isAbsent ? absent : readingOf(name, i)]);
  }
}

it("puts split cell arrays together, keeps a lone part, and cuts a block where a month ends", async () => {
  const content = new BlockContent();
  const cellVoltagesV = Array.from({ length: 250 }, (_, i) => 3 + i / 1000);
  const frames = [0, 1].flatMap((second) =>
    encodeReport({ edition: 2016, vin: "LTEST000000000007", eventTimeMs: EVENT_MS + second * 1000, values: { socPct: 50, cellVoltagesV } }),
  );
  expect(frames).toHaveLength(4);
  for (const [offset, frame] of frames.slice(0, 3).entries()) {
    const decoded = decodeRecord(frame, { receivedTimeMs: EVENT_MS, bytesMax: 10_000 });
    content.add({ offset, samples: decoded.flatMap((one) => (one.kind === "samples" ? one.samples : [])), ignored: [] });
  }
  expect(content.rows).toBe(3);
  content.seal();
  content.seal();
  expect(content.rows).toBe(2);
  // EVENT_MS is the last second of May in UTC.
  expect(content.telemetry.map(({ rows }) => rows)).toEqual([1, 1]);
  await createWriter(test.store).write({ topic: "split", partition: 0, firstOffset: 0, lastOffset: 2, content, hasLanded: false });
  const stored = await test.store.query(
    `SELECT part, length(cell_voltages_v) AS cells, cell_voltage_max_v AS v, cell_voltage_max_index AS at, toUInt32(log_offset) AS off
     FROM telemetry WHERE log_topic = 'split' ORDER BY event_time`,
    looseRow,
  );
  expect(stored).toEqual([
    { part: 0, cells: 250, v: expect.closeTo(3.249, 5), at: 250, off: 0 },
    { part: 1, cells: 250, v: null, at: null, off: 2 },
  ]);
});
