import { expect, it } from "vitest";
import { z } from "zod";
import { encodeNative } from "./native.ts";
import { openTestStore } from "./testing.ts";

/** 257 and 65,537 words need wider indexes than 256 do. */
it("stores texts given as words and positions, whatever number of words there are", async () => {
  const test = await openTestStore();
  try {
    await test.store.command("CREATE TABLE words (i UInt32, word LowCardinality(String)) ENGINE = MergeTree ORDER BY i");
    for (const count of [1, 256, 257, 65_537]) {
      const words = Array.from({ length: count }, (_, i) => (i === 0 ? "" : `wört-${i}`));
      const rows = count + 3;
      const block = encodeNative([
        { name: "i", type: "UInt32", values: Uint32Array.from({ length: rows }, (_, i) => i) },
        {
          name: "word",
          type: "LowCardinality(String)",
          values: { length: rows, words, indexes: Uint32Array.from({ length: rows }, (_, i) => i % count) },
        },
      ]);
      await test.store.command("TRUNCATE TABLE words");
      await test.store.insertNative("words", ["i", "word"], block, { token: `words:${count}` });
      const sql =
        "SELECT count() AS rows, countIf(word != if(i % {count:UInt32} = 0, '', concat('wört-', toString(i % {count:UInt32})))) AS wrong FROM words";
      const [found] = await test.store.query(sql, z.object({ rows: z.coerce.number(), wrong: z.coerce.number() }), { params: { count } });
      expect(found).toEqual({ rows, wrong: 0 });
    }
  } finally {
    await test.close();
  }
});
