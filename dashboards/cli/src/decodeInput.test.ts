import { expect, it } from "vitest";
import { payloadsOf } from "./decodeInput.ts";

const FRAME = "232307fe4838323230363530303030303030303030010000bb";
const frame = Buffer.from(FRAME, "hex");
const of = (text: string) => payloadsOf(Buffer.from(text)).map(({ payload }) => payload);

it("takes lines of hex, with a VIN before them or without, for a payload each", () => {
  expect(of(`${FRAME}\n\nH8220650000000000 ${FRAME}\r\n`)).toEqual([frame, frame]);
  expect(payloadsOf(Buffer.from(`H8220650000000000 ${FRAME}`))).toEqual([{ payload: frame, key: "H8220650000000000" }]);
  expect(() => of("2323\n123")).toThrow("expected pairs of hex digits in line 2, got 3 characters");
});

it("takes a list of test vectors, and lines of them, for a frame each", () => {
  const vector = JSON.stringify({ name: "heartbeat", hex: FRAME, expected: {} });
  expect(of(`[${vector},\n ${vector}]`)).toEqual([frame, frame]);
  expect(of(`${vector}\n`)).toEqual([frame]);
  expect(of(`${vector}\n${vector}\n`)).toEqual([frame, frame]);
});

it("takes lines of JSON, and of base64 frames, for a payload each", () => {
  expect(of('{"Cmd":2,"Vin":"Ä"}\n[1]\n').map(String)).toEqual(['{"Cmd":2,"Vin":"Ä"}', "[1]"]);
  const base64 = frame.toString("base64");
  expect(of(`${base64}\n${base64}\n`).map(String)).toEqual([base64, base64]);
});

it("takes everything else for one payload as it is", () => {
  for (const text of ['{"Vehicle.Speed":\n 50}', '[{"path":"Vehicle.Speed"}]', '{"a":1}\nrubbish'])
    expect(of(text)).toEqual([Buffer.from(text)]);
  expect(payloadsOf(frame)).toEqual([{ payload: frame }]);
  expect(of("")).toEqual([]);
});
