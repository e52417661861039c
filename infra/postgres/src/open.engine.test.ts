import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openTestPostgres, type TestPostgres } from "./testing.ts";

let test: TestPostgres;
beforeAll(async () => {
  test = await openTestPostgres();
});
afterAll(() => test?.close());

describe("the embedded PostgreSQL", () => {
  it("answers with checked rows", async () => {
    const row = z.object({ n: z.number(), day: z.string(), at: z.date() });
    expect(
      await test.db.query("SELECT $1::bigint AS n, '2024-03-05'::date AS day, '2024-03-05T01:02:03Z'::timestamptz AS at", [5], row),
    ).toEqual([{ n: 5, day: "2024-03-05", at: new Date("2024-03-05T01:02:03Z") }]);
  });
});
