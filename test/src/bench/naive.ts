import type { ColumnStore } from "@bellwether/clickhouse/store";
import { columnOf, isSignalName, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import type { LogRecord, RecordLog } from "@bellwether/runtime/log/records";
import { z } from "zod";

/**
 * The pipeline one writes first: one message at a time, JSON.parse, a zod schema over every element,
 * and an insert of JSON objects per 1,000 rows. It is here to be compared with.
 */

const ROWS_PER_INSERT = 1000;

const reportSchema = z.strictObject({
  vin: z.string(),
  eventTime: z.number(),
  receivedTime: z.number(),
  ...Object.fromEntries(SIGNAL_NAMES.map((name) => [name, zodOf(name).optional()])),
});

function zodOf(name: (typeof SIGNAL_NAMES)[number]): z.ZodType {
  const { kind, values } = signalDefinition(name);
  if (kind === "float32[]") return z.array(z.number().nullable());
  if (kind === "enum") return z.enum(values ?? []);
  return kind === "bool" ? z.boolean() : z.number();
}

/** Consumes a topic of `reports` JSON records into `telemetry`; resolves when the last of them is committed. */
export async function runNaive(log: RecordLog, store: ColumnStore, topic: string, reports: number): Promise<void> {
  let rows: object[] = [];
  let taken = 0;
  let inserts = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const insert = async () => {
    await store.insertRows("telemetry", rows, { token: `${topic}:naive:${inserts++}` });
    rows = [];
  };
  const subscription = await log.source.subscribe({
    topics: [topic],
    group: `${topic}-naive`,
    async onBatch({ partition, records }, { commit }) {
      for (const record of records) {
        await eachMessage(record, rows);
        taken++;
        if (rows.length < ROWS_PER_INSERT && taken < reports) continue;
        await insert();
        await commit.call(subscription, topic, partition, record.offset + 1);
      }
      if (taken >= reports) finish();
    },
  });
  await Promise.race([finished, subscription.done]);
  await subscription.close();
}

async function eachMessage({ value, topic, partition, offset }: LogRecord, rows: object[]): Promise<void> {
  const report = reportSchema.parse(JSON.parse((value ?? Buffer.alloc(0)).toString("utf8")));
  const row: Record<string, unknown> = {
    vin: report.vin,
    event_time: new Date(report.eventTime).toISOString(),
    received_time: new Date(report.receivedTime).toISOString(),
    format: "sample-json",
    log_topic: topic,
    log_partition: partition,
    log_offset: offset,
  };
  for (const [name, reading] of Object.entries(report)) if (isSignalName(name)) row[columnOf(name)] = reading;
  rows.push(row);
}
