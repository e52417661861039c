import { setTimeout as sleep } from "node:timers/promises";
import { columnOf, columnTypeOf, SIGNAL_NAMES } from "@bellwether/contracts/signals";
import { z } from "zod";
import { type Bench, type Measurement, measure } from "./setup.ts";

/** The peer: ClickHouse's own Kafka table engine reads the naive path's topic into a table like `telemetry`. */

const countRow = z.object({ n: z.coerce.number() });
const POLL_MS = 50;
/** Its default is 7.5 s, which would be most of what is measured; this is how long our own blocks wait. */
const FLUSH_MS = 400;
const WAIT_MS_MAX = 120_000;

/** Undefined where there is no broker to read from. */
export async function runKafkaEngine({ store, brokers }: Bench, topic: string, reports: number): Promise<Measurement | undefined> {
  if (brokers === undefined) return undefined;
  const name = topic.replaceAll("-", "_");
  await store.command(`CREATE TABLE ${name}_rows AS telemetry`);
  const signals = SIGNAL_NAMES.map((signal) => `${signal} ${columnTypeOf(signal)}`);
  await store.command(
    `CREATE TABLE ${name}_queue (vin String, eventTime Int64, receivedTime Int64, ${signals.join(", ")}) ENGINE = Kafka
     SETTINGS kafka_broker_list = '${brokers.join(",")}', kafka_topic_list = '${topic}', kafka_group_name = '${topic}-engine',
       kafka_format = 'JSONEachRow', kafka_num_consumers = 2, kafka_thread_per_consumer = 1,
       kafka_max_block_size = 65536, kafka_poll_max_batch_size = 65536, kafka_flush_interval_ms = ${FLUSH_MS}`,
  );
  const columns = SIGNAL_NAMES.map((signal) => `${signal} AS ${columnOf(signal)}`);
  const measured = await measure(reports, async () => {
    await store.command(
      `CREATE MATERIALIZED VIEW ${name}_view TO ${name}_rows AS SELECT vin, fromUnixTimestamp64Milli(eventTime, 'UTC') AS event_time,
       fromUnixTimestamp64Milli(receivedTime, 'UTC') AS received_time, 'sample-json' AS format, ${columns.join(", ")} FROM ${name}_queue`,
    );
    const deadlineMs = performance.now() + WAIT_MS_MAX;
    let landed = 0;
    while (landed < reports && performance.now() < deadlineMs) {
      await sleep(POLL_MS);
      landed = (await store.query(`SELECT count() AS n FROM ${name}_rows`, countRow))[0]?.n ?? 0;
    }
    if (landed < reports) throw new Error(`expected ${reports} reports through the Kafka engine, got ${landed}`);
  });
  for (const table of ["view", "queue", "rows"]) await store.command(`DROP TABLE ${name}_${table} SYNC`);
  return measured;
}
