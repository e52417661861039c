import { expect, it } from "vitest";
import { readOutsideScore } from "./outsideScoreTopic.ts";

const nowMs = Date.parse("2026-06-01T00:00:00Z");
const read = (record: unknown) => readOutsideScore(Buffer.from(typeof record === "string" ? record : JSON.stringify(record)), { nowMs });
const good = { model: "cell-risk", vin: "V1", at: "2026-05-01", score: 0.91 };

it("takes a score, with the model's version where it is given, and lets other fields be", () => {
  const score = { model: "cell-risk", version: "", vin: "V1", atMs: Date.parse("2026-05-01"), score: 0.91 };
  expect(read(good)).toEqual({ score });
  expect(read({ ...good, version: "7", at: "2026-05-01T02:00:00+02:00", why: ["spread"] })).toEqual({ score: { ...score, version: "7" } });
});

it.each([
  ["", "empty", "expected one JSON object"],
  ["{", "malformed", "expected one JSON object"],
  [[good], "malformed", "expected one JSON object"],
  [{ ...good, model: "" }, "schema", "model: expected a name"],
  [{ ...good, score: "0.91" }, "schema", "score: "],
  ['{"model":"m","vin":"V1","at":"2026-05-01","score":1e999}', "schema", "score: "],
  [{ ...good, at: "yesterday" }, "schema", "at: expected a day or a time with its zone"],
  [{ ...good, at: "2026-05-01T02:00:00" }, "schema", "at: expected a day or a time with its zone"],
  [{ ...good, at: "1999-12-31" }, "time_too_old", "from 2000 on"],
  [{ ...good, at: "2026-06-01T00:00:01Z" }, "time_in_future", "until now"],
  [{ ...good, why: "x".repeat(5_000) }, "too_large", "expected up to 4096 bytes"],
])("says why %j is none", (record, reason, detail) => {
  expect(read(record)).toEqual({ reason, detail: expect.stringContaining(detail) });
});
