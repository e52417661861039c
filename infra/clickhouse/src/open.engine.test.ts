import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openTestStore, type TestStore } from "./testing.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

describe("the embedded store", () => {
  it("migrates, inserts and reads back with times as ISO text", async () => {
    const row = {
      vin: "LTEST000000000001",
      model: "m",
      chemistry: "lfp",
      nominal_ah: 100.5,
      cells: 96,
      built_on: "2020-01-02",
      region: "x",
      revision: 1,
    };
    await test.store.insertRows("vehicles", [row], { token: "a" });
    await test.store.insertRows("vehicles", [row], { token: "a" });
    expect(await test.store.query("SELECT count() AS n FROM vehicles", z.object({ n: z.number() }))).toEqual([{ n: 1 }]);
    const time = await test.store.query(
      "SELECT toDateTime64({at:String}, 3, 'UTC') AS at, {text:String} AS text, {list:Array(String)} AS list",
      z.object({ at: z.iso.datetime(), text: z.string(), list: z.array(z.string()) }),
      { params: { at: "2024-05-06 07:08:09.123", text: 'it\'s\n\t\\ "q" 电池', list: ["a'b", "c\nd", "\\"] } },
    );
    expect(time).toEqual([{ at: "2024-05-06T07:08:09.123Z", text: 'it\'s\n\t\\ "q" 电池', list: ["a'b", "c\nd", "\\"] }]);
  });
});
