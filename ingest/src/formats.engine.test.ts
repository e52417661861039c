import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { FORMATS } from "@bellwether/contracts/sample";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { fixturesOf } from "./decode/testing/fixtureLines.ts";
import { EXAMPLE_AVSC, EXAMPLE_PROTO, RegistryServer } from "./decode/testing/registryServer.ts";
import { testIngest, withTestLog } from "./testing.ts";

const registry = new RegistryServer();
registry.schemas.set(1, { schema: EXAMPLE_AVSC }).set(2, { schema: EXAMPLE_PROTO, schemaType: "PROTOBUF" });
let access: Awaited<ReturnType<RegistryServer["start"]>>;
let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  access = await registry.start();
});
afterAll(async () => {
  registry.stop();
  await test.close();
});

const VIN = "LTEST00000000001X";

/** The first line of each format that lands; all speak of one vehicle, most of one moment. */
const firstOfEach: readonly OutgoingRecord[] = FORMATS.flatMap((format) => {
  const fixture = fixturesOf(format).find(({ expectation }) => "samples" in expectation);
  return fixture === undefined ? [] : [{ key: VIN, value: fixture.payload }];
});

async function run(ingestTopic: string, records: readonly OutgoingRecord[]) {
  return withTestLog(async (log) => {
    await log.ensureTopics([{ topic: ingestTopic, partitions: 1 }]);
    await log.sink.send(ingestTopic, records);
    const ingest = testIngest({ log, store: test.store }, { ...access, ingestTopic, ingestPartitions: 1, ingestGroup: ingestTopic });
    await ingest.start();
    await ingest.drain();
    const { landed, rejected } = ingest.stats();
    await ingest.stop();
    await ingest.done;
    return { landed, rejected };
  });
}

it("lands every format from one topic", async () => {
  expect(firstOfEach).toHaveLength(FORMATS.length);
  expect(await run("formats-all", firstOfEach)).toEqual({ landed: FORMATS.length, rejected: {} });
});

it("keeps codes apart from the report of the same moment, with what the car says of them", async () => {
  const [report, codes] = [fixturesOf("gbt32960")[0], fixturesOf("dtc-json")[3]].map((fixture) => fixture?.payload ?? Buffer.alloc(0));
  if (report === undefined || codes === undefined) throw new Error("expected lines of both formats");
  await run("formats-codes", [
    { key: VIN, value: report },
    { key: VIN, value: codes },
  ]);
  const rows = await test.store.query("SELECT format FROM telemetry WHERE log_topic = {topic:String}", z.object({ format: z.string() }), {
    params: { topic: "formats-codes" },
  });
  expect(rows).toEqual([{ format: "gbt32960" }]);
  const stored = await test.store.query(
    "SELECT code, is_active, is_confirmed, is_lamp_on, failure_type FROM dtc_events WHERE vin = {vin:String} AND code = 'P0127-00' ORDER BY event_time LIMIT 1",
    z.object({
      code: z.string(),
      is_active: z.boolean().nullable(),
      is_confirmed: z.boolean().nullable(),
      is_lamp_on: z.boolean().nullable(),
      failure_type: z.number().nullable(),
    }),
    { params: { vin: VIN } },
  );
  expect(stored).toEqual([{ code: "P0127-00", is_active: true, is_confirmed: true, is_lamp_on: false, failure_type: 0 }]);
});
