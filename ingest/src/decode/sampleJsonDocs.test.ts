import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { decodeRecord } from "./codecs.ts";

it("reads the report that docs/sample-json.md shows", () => {
  const page = readFileSync(new URL("../../../docs/sample-json.md", import.meta.url), "utf8");
  const report = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const [decoded] = decodeRecord(Buffer.from(report), { receivedTimeMs: 0, bytesMax: 10_000, key: Buffer.from("LTESTA00000000001") });
  expect(decoded).toMatchObject({
    kind: "samples",
    samples: [
      {
        vin: "LTESTA00000000001",
        eventTimeMs: Date.parse("2026-03-01T00:00:10Z"),
        values: { packVoltageV: 351.2, cellVoltagesV: [3.661, 3.659, null, 3.66], tyrePressureFlKpa: 241 },
      },
    ],
  });
});
