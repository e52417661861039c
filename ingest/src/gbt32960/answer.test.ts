import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ANSWERS, answerFrame } from "./answer.ts";
import { decodeFrame } from "./message.ts";

const VECTORS = new URL("../../../../shared/vectors/gb32960_vectors_public.json", import.meta.url);
const vectorSchema = z.array(
  z.object({
    name: z.string(),
    hex: z.string(),
    expected_response_hex: z.string().optional(),
    expected_response_prefix_hex: z.string().optional(),
  }),
);
const vectors = existsSync(VECTORS) ? vectorSchema.parse(JSON.parse(readFileSync(VECTORS, "utf8"))) : [];
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function answerTo(hex: string, flag: number = ANSWERS.ok): Buffer {
  const frame = Buffer.from(hex, "hex");
  const result = decodeFrame(frame);
  if (result.kind !== "message") throw new Error("the request must be a good frame");
  return answerFrame({ header: result.message.header, frame }, { flag, nowMs: NOW_MS });
}

describe.skipIf(vectors.length === 0)("answers to the public test vectors (skipped without ../shared/vectors)", () => {
  it.each(vectors.filter((vector) => vector.expected_response_hex !== undefined))("$name", ({ hex, expected_response_hex }) => {
    expect(answerTo(hex).toString("hex")).toBe(expected_response_hex);
  });

  it.each(vectors.filter((vector) => vector.expected_response_prefix_hex !== undefined))("$name", (vector) => {
    const answer = answerTo(vector.hex).toString("hex");
    expect(answer.startsWith(vector.expected_response_prefix_hex ?? "none")).toBe(true);
    // 2026-01-02 11:04:05 in Beijing.
    expect(answer.slice(48, 60)).toBe("1a01020b0405");
  });
});

describe("an answer", () => {
  it("keeps command, VIN and time and carries the flag", () => {
    const answer = answerTo("232304fe4c5a595441474257394a313030343136340100081206161015150046ea", ANSWERS.error);
    expect(decodeFrame(answer)).toMatchObject({
      kind: "message",
      message: {
        header: { command: 4, ack: 2, vin: "LZYTAGBW9J1004164", dataLength: 6 },
        body: { kind: "command", fields: { time_utc: Date.UTC(2018, 5, 22, 8, 21, 21) } },
      },
    });
  });

  it("to a heartbeat has no body even where the heartbeat had one", () => {
    const heartbeat = "232307fe48383232303635303030303030303030300100080102030405060708";
    const frame = Buffer.concat([Buffer.from(heartbeat, "hex"), Buffer.from([0])]);
    frame[frame.length - 1] = frame.subarray(2, -1).reduce((check, byte) => check ^ byte, 0);
    expect(answerTo(frame.toString("hex")).length).toBe(25);
  });
});
