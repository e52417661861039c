import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteWords, JsonCursor } from "./jsonCursor.ts";

const cursor = new JsonCursor();

function numberIn(text: string): number {
  cursor.open(Buffer.from(text));
  const number = cursor.takeNumber();
  return cursor.isAtEnd() ? number : Number.NaN;
}

/** JSON.parse's word on a number; NaN where it is none. */
function parsed(text: string): number {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "number" ? json : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

const numberLike = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(JSON.stringify),
  fc.tuple(fc.integer(), fc.nat(10 ** 9)).map(([whole, decimals]) => `${whole}.${decimals}`),
  fc.stringMatching(/^[-+.0-9eE]{1,24}$/),
  fc.stringMatching(/^-?(0|[1-9]\d{0,18})([.]\d{1,18})?([eE][+-]?\d{1,3})?$/),
);

it("reads numbers to the last bit as JSON.parse does, and nothing else", () => {
  fc.assert(
    fc.property(numberLike, (text) => Object.is(numberIn(text), parsed(text))),
    { numRuns: 5_000 },
  );
});

it("reads lists of numbers and nulls as JSON.parse does", () => {
  const element = fc.oneof({ weight: 8, arbitrary: fc.stringMatching(/^(0|[1-9]\d{0,9})([.]\d{1,4})?$/) }, numberLike, fc.constant("null"));
  const spaced = fc.tuple(element, fc.constantFrom("", "", "", " ", "\n\t")).map(([text, space]) => space + text + space);
  fc.assert(
    fc.property(fc.array(spaced, { maxLength: 12 }), (elements) => {
      const text = `[${elements.join(",")}]`;
      const into = new Float64Array(16);
      cursor.open(Buffer.from(text));
      const length = cursor.takeNumbers(into);
      const expected = elements.map((one) => (one.trim() === "null" ? Number.NaN : parsed(one)));
      const isList = elements.every((one, i) => one.trim() === "null" || !Number.isNaN(expected[i]));
      expect(length).toBe(isList ? elements.length : -1);
      if (isList) expect([...into.subarray(0, length)]).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});

it.each(["", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[05]", "[.5]", "[5.]", "[5.,6]", "[05,6]", "[1,true]", '["1"]', "[[1]]", "[nul]"])(
  "takes %j for no list",
  (text) => {
    cursor.open(Buffer.from(text));
    expect(cursor.takeNumbers(new Float64Array(8))).toBe(-1);
  },
);

it("has room for as many elements as it was given", () => {
  cursor.open(Buffer.from("[1,2,3]"));
  expect(cursor.takeNumbers(new Float64Array(3))).toBe(3);
  cursor.open(Buffer.from("[1,2,3,4]"));
  expect(cursor.takeNumbers(new Float64Array(3))).toBe(-1);
  cursor.open(Buffer.from("[999999999,1234567890,12345678.9]"));
  const into = new Float64Array(4);
  expect(cursor.takeNumbers(into)).toBe(3);
  expect([...into]).toEqual([999_999_999, 1_234_567_890, 12_345_678.9, 0]);
});

it("finds every word among many, and no other", () => {
  const names = Array.from({ length: 200 }, (_, i) => `signal${i}V`);
  const words = new ByteWords(names);
  for (const [i, name] of [...names, "signal", "signal200V", ""].entries()) {
    cursor.open(Buffer.from(JSON.stringify(name)));
    expect(cursor.takeText()).toBe(true);
    expect(cursor.wordAmong(words)).toBe(i < names.length ? i : -1);
  }
});

it.each(['"a', '"a\\n"', '"é"', '"a\u0001"', "a", ""])("takes %j for no plain text", (text) => {
  cursor.open(Buffer.from(text));
  expect(cursor.takeText()).toBe(false);
});
