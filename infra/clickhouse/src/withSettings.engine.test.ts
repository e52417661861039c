import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { openTestStore, type TestStore } from "./testing.ts";
import { withSettings } from "./withSettings.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const settingRow = z.object({ priority: z.coerce.number() });
const SQL = "SELECT getSetting('priority') AS priority";

it("gives every statement the settings, unless it brings its own", async () => {
  const store = withSettings(test.store, { priority: 2 });
  expect(await store.query(SQL, settingRow)).toEqual([{ priority: 2 }]);
  expect(await store.query(SQL, settingRow, { settings: { priority: 7 } })).toEqual([{ priority: 7 }]);
  expect(await test.store.query(SQL, settingRow)).toEqual([{ priority: 0 }]);
});
