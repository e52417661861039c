import { encodeNative } from "@bellwether/clickhouse/native";
import { parseVin } from "@bellwether/contracts/vin";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createPieces } from "./pieces.ts";
import { ReportRow } from "./reportRow.ts";
import { LIST_NAMES, SCALAR_NAMES } from "./signalColumns.ts";
import { TelemetryPiece } from "./telemetryPiece.ts";

interface Report {
  readonly vehicle: number;
  readonly eventTimeMs: number;
  readonly scalars: readonly (readonly [position: number, number: number])[];
  readonly lists: readonly (readonly [position: number, elements: readonly number[]])[];
  readonly hasRare: boolean;
}

const oneByte = fc.integer({ min: 1, max: 3 });
const element = fc.oneof({ weight: 9, arbitrary: oneByte }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
const report: fc.Arbitrary<Report> = fc.record({
  vehicle: fc.integer({ min: 0, max: 5 }),
  eventTimeMs: fc.integer({ min: 0, max: 10 }),
  scalars: fc.uniqueArray(fc.tuple(fc.nat(SCALAR_NAMES.length - 1), oneByte), { selector: ([position]) => position, maxLength: 12 }),
  lists: fc.uniqueArray(fc.tuple(fc.nat(LIST_NAMES.length - 1), fc.array(element, { minLength: 1, maxLength: 6 })), {
    selector: ([position]) => position,
    maxLength: 3,
  }),
  hasRare: fc.boolean(),
});
/** From a few rows to more than a fresh column has room for. */
const reports = fc
  .tuple(fc.array(report, { minLength: 1, maxLength: 30 }), fc.constantFrom(1, 1, 90))
  .map(([few, times]) => repeat(few, times));

function repeat<T>(few: readonly T[], times: number): readonly T[] {
  return Array.from({ length: times }, () => few).flat();
}

function fill(piece: TelemetryPiece, all: readonly Report[]): TelemetryPiece {
  const row = new ReportRow();
  for (const [offset, { vehicle, eventTimeMs, scalars, lists, hasRare }] of all.entries()) {
    row.clear();
    row.vin = parseVin(`V${vehicle}`) ?? row.vin;
    row.eventTimeMs = row.receivedTimeMs = eventTimeMs;
    for (const [position, number] of scalars) row.numbers[position] = number;
    for (const [position, elements] of lists) row.elements.set(elements, row.addToList(position, elements.length));
    if (hasRare) row.extra = { odd: eventTimeMs };
    if (hasRare) row.mark("gear", "invalid");
    piece.add(row, offset);
  }
  return piece;
}

const ORIGIN = { topic: "t", partition: 3 };
const contentOf = (piece: TelemetryPiece) => ({
  bytes: encodeNative(piece.columns(ORIGIN)).toString("base64"),
  rows: piece.rows,
  mayRepeat: piece.mayRepeat,
  firstRow: piece.firstRow,
});

it("gives what a new piece would, whatever a piece has held before", () => {
  fc.assert(
    fc.property(reports, reports, (before, after) => {
      const pieces = createPieces();
      const used = fill(pieces.take(), before);
      contentOf(used);
      pieces.give([used]);
      expect(contentOf(fill(pieces.take(), after))).toEqual(contentOf(fill(new TelemetryPiece(), after)));
    }),
    { numRuns: 60 },
  );
});

it("lets memory go that the last block hardly used", () => {
  const pieces = createPieces();
  const few = fc.sample(report, { numRuns: 10, seed: 1 });
  const large = fill(pieces.take(), repeat(few, 1_000));
  pieces.give([large]);
  const again = pieces.take();
  expect(again).toBe(large);
  pieces.give([fill(again, few)]);
  expect(pieces.take()).not.toBe(large);
});
