import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decodeFrame } from "./message.ts";
import { printFrame } from "./print.ts";

const VECTORS = new URL("../../../../shared/vectors/gb32960_vectors_public.json", import.meta.url);

const vectorSchema = z.array(
  z.object({
    name: z.string(),
    hex: z.string(),
    expected: z.record(z.string(), z.unknown()),
  }),
);

const vectors = existsSync(VECTORS) ? vectorSchema.parse(JSON.parse(readFileSync(VECTORS, "utf8"))) : [];

describe.skipIf(vectors.length === 0)("the public test vectors (skipped without ../shared/vectors)", () => {
  it.each(vectors)("$name is printed as expected", ({ hex, expected }) => {
    expect(printFrame(decodeFrame(Buffer.from(hex, "hex")))).toEqual(expected);
  });
});
