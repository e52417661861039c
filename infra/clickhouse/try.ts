import { openTestStore } from "@bellwether/clickhouse/testing";
import { z } from "zod";
const t = await openTestStore();
const store = t.store;
await store.command("CREATE TABLE tt (a UInt64) ENGINE=MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window=10000");
await store.command("CREATE TABLE t2 (a UInt64) ENGINE=MergeTree ORDER BY a");
for (const tab of ["tt", "t2"]) {
for (const par of [1, 2, 4]) {
  let fail = 0; let msg = "";
  await store.command(`TRUNCATE TABLE ${tab}`);
  for (let i = 0; i < 300; i++) {
    const r = await Promise.allSettled(Array.from({length: par}, (_, k) => store.insertRows(tab, [{ a: i*10+k }], { token: `t${tab}${par}-${i}-${k}` })));
    for (const x of r) if (x.status === "rejected") { fail++; msg = x.reason.message; }
  }
  console.log(tab, "parallel", par, "fails", fail, msg, await store.query(`SELECT count() AS n, uniqExact(a) AS u FROM ${tab}`, z.object({ n: z.coerce.number(), u: z.coerce.number() })), 300 * par);
}}
await t.close();
