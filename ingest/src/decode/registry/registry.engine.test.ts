import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import avro from "avsc";
import protobuf from "protobufjs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { testIngest, withTestLog } from "../../testing.ts";
import { EXAMPLE_AVSC, EXAMPLE_PROTO, RegistryServer } from "../testing/registryServer.ts";

const START_MS = Date.UTC(2026, 0, 3);

const registry = new RegistryServer();
let access: Awaited<ReturnType<RegistryServer["start"]>>;
let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  access = await registry.start();
});
afterAll(async () => {
  registry.stop();
  await test?.close();
});
beforeEach(() => {
  registry.schemas.clear();
  registry.asked.length = 0;
  registry.failuresLeft = 0;
});

const reading = (vin: string, i: number) => ({
  vehicle: { vin },
  taken_at: START_MS + i * 1000,
  replayed: false,
  soc: 50 + i,
  speed_mph: null,
  pack: { voltage_mv: 350_000, current_a: 1, cells_mv: [3900, 3901] },
  gear: "DRIVE",
  cabin_temp: null,
});

function prefixed(id: number, body: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(id, 1);
  return Buffer.concat([prefix, body]);
}

function avroRecord(vin: string, i: number, id: number, schema = EXAMPLE_AVSC): OutgoingRecord {
  const type = avro.Type.forSchema(JSON.parse(schema), { logicalTypes: {} });
  return { key: vin, value: prefixed(id, type.toBuffer(reading(vin, i))) };
}

function protobufRecord(vin: string, i: number, id: number): OutgoingRecord {
  const type = protobuf.parse(EXAMPLE_PROTO, { keepCase: true }).root.lookupType("example.fleet.Telemetry");
  const { speed_mph: _, cabin_temp: __, ...present } = reading(vin, i);
  return { key: vin, value: prefixed(id, Buffer.concat([Buffer.from([2, 2]), type.encode(type.fromObject(present)).finish()])) };
}

async function run(topic: string, records: readonly OutgoingRecord[], overrides: Parameters<typeof testIngest>[1] = {}) {
  await withTestLog(async (log) => {
    await log.ensureTopics([{ topic, partitions: 1 }]);
    await log.sink.send(topic, records);
    const ingest = testIngest({ log, store: test.store }, { ingestTopic: topic, ingestGroup: topic, ...access, ...overrides });
    await ingest.start();
    try {
      await ingest.drain();
    } finally {
      await ingest.stop();
    }
  });
  const params = { topic };
  const landed = await test.store.query(
    "SELECT format, count() AS n FROM telemetry FINAL WHERE log_topic = {topic:String} GROUP BY format ORDER BY format",
    z.object({ format: z.string(), n: z.coerce.number() }),
    { params },
  );
  const parked = await test.store.query(
    "SELECT reason, detail FROM rejected_records FINAL WHERE log_topic = {topic:String} ORDER BY log_offset",
    z.object({ reason: z.string(), detail: z.string() }),
    { params },
  );
  return { landed, parked };
}

describe("records behind a schema registry", () => {
  it("land, Avro and Protobuf, and each schema is asked for once", async () => {
    registry.schemas.set(1, { schema: EXAMPLE_AVSC }).set(2, { schema: EXAMPLE_PROTO, schemaType: "PROTOBUF" });
    const records = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? avroRecord("V1", i, 1) : protobufRecord("V1", i, 2)));
    const { landed, parked } = await run("registry-both", records);
    expect(parked).toEqual([]);
    expect(landed).toEqual([
      { format: "registry-avro", n: 10 },
      { format: "registry-protobuf", n: 10 },
    ]);
    expect(registry.asked.toSorted()).toEqual(["/schemas/ids/1", "/schemas/ids/2"]);
  });

  it("are parked with an unknown schema id, an incompatible change or a size over the limit, and the others land", async () => {
    const renamed = EXAMPLE_AVSC.replace('"soc"', '"charge"');
    const retyped = EXAMPLE_AVSC.replace(
      '"name": "taken_at", "type": { "type": "long", "logicalType": "timestamp-millis" }',
      '"name": "taken_at", "type": "string"',
    );
    registry.schemas.set(1, { schema: EXAMPLE_AVSC }).set(4, { schema: renamed }).set(5, { schema: retyped }).set(6, { schema: '"long"' });
    const good = avroRecord("V2", 0, 1);
    const withId = (id: number) => ({ key: "V2", value: prefixed(id, good.value.subarray(5)) });
    const large = { key: "V2", value: Buffer.concat([good.value, Buffer.alloc(3_000)]) };
    const records = [avroRecord("V2", 1, 1), withId(77), withId(4), withId(5), withId(6), large, avroRecord("V2", 2, 1)];
    const { landed, parked } = await run("registry-bad", records, { ingestRecordBytesMax: 2_000 });
    expect(landed).toEqual([{ format: "registry-avro", n: 2 }]);
    expect(parked.map(({ reason }) => reason)).toEqual(["schema", "schema", "schema", "schema", "too_large"]);
    expect(parked[0]?.detail).toContain("got id 77, which it does not have");
    expect(parked[1]?.detail).toContain("field soc, which the map reads, got none");
    expect(parked[2]?.detail).toContain("field taken_at as a number, got text");
  });

  it("wait while the registry is away, and land when it answers", async () => {
    registry.schemas.set(1, { schema: EXAMPLE_AVSC });
    registry.failuresLeft = 2;
    const { landed, parked } = await run("registry-away", [avroRecord("V3", 0, 1)], { ingestRetryAttempts: 6 });
    expect(parked).toEqual([]);
    expect(landed).toEqual([{ format: "registry-avro", n: 1 }]);
  });

  it("stop ingest without being parked when the registry stays away, or refuses us, and the password is not in the message", async () => {
    registry.failuresLeft = 100;
    await expect(run("registry-gone", [avroRecord("V4", 0, 1)], { ingestRetryAttempts: 2 })).rejects.toMatchObject({
      code: "registry_unavailable",
    });
    registry.failuresLeft = 0;
    const refused = run("registry-refused", [avroRecord("V4", 0, 1)], { ingestRegistryPassword: "wr0ng" });
    await expect(refused).rejects.toMatchObject({
      code: "registry_unavailable",
      retryable: false,
      message: expect.not.stringContaining("wr0ng"),
    });
  });

  it("are read through the schemas they refer to", async () => {
    const vehicle = '{"type":"record","name":"Vehicle","namespace":"example.fleet","fields":[{"name":"vin","type":"string"}]}';
    const whole = EXAMPLE_AVSC.replace(/\{ "type": "record", "name": "Vehicle".*?\}\] \}/, '"example.fleet.Vehicle"');
    registry.subjects.set("/subjects/vehicle/versions/3", vehicle);
    registry.schemas.set(8, { schema: whole, references: [{ name: "example.fleet.Vehicle", subject: "vehicle", version: 3 }] });
    const { landed, parked } = await run("registry-references", [avroRecord("V5", 0, 8)]);
    expect(parked).toEqual([]);
    expect(landed).toEqual([{ format: "registry-avro", n: 1 }]);
    expect(registry.asked).toEqual(["/schemas/ids/8", "/subjects/vehicle/versions/3"]);
  });
});
