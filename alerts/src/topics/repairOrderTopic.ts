import { readFile } from "node:fs/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { BellwetherError } from "@bellwether/contracts/errors";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Rejection } from "@bellwether/contracts/sample";
import { TOPICS } from "@bellwether/contracts/topics";
import type { Postgres } from "@bellwether/postgres/open";
import type { LogRecord, RecordLog } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { type RetryOptions, retry } from "@bellwether/runtime/retry";
import { parse } from "yaml";
import { z } from "zod";
import { REPAIR_CAUSES, type RepairOrder, recordRepairOrder } from "../outcomes/repairOrders.ts";
import { labelMapper, labelMappingSchema } from "../workbench/labelMapping.ts";
import { knownVehicles } from "../workbench/labels.ts";
import { createTopicReader, issuesOf, oneByOne, parkRecord, readObject, rejected, type TopicReader } from "./recordBatches.ts";

/** Repair orders by topic: a workshop's system writes one JSON object per visit; each ends its alert and becomes a label. */

const EARLIEST_MS = Date.parse("2000-01-01T00:00:00Z");
/** Clocks differ: a visit may be this far ahead. */
const AHEAD_MS = 86_400_000;
const VALUE_BYTES_MAX = 64 * 1024;
/** About five minutes of trying before a database that stays away ends the service. */
const RECORD_RETRY = { attempts: 12, baseMs: 200, maxMs: 60_000 };

/** A record as it should be; of another system's, the mapping makes one. */
const orderSchema = z.object({
  id: z.string().trim().min(1).max(100),
  vin: z.string().trim().min(1).max(32),
  component: z.enum(COMPONENTS),
  cause: z.enum(REPAIR_CAUSES).default("routine"),
  outcome: z.enum(OUTCOMES),
  at: z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
  note: z.string().max(2000).default(""),
  odometerKm: z.coerce.number().min(0).max(5_000_000).nullish(),
});
const mappingSchema = labelMappingSchema.extend({
  columns: labelMappingSchema.shape.columns.extend({ odometerKm: z.string().optional(), note: z.string().optional() }),
});
type Mapping = z.infer<typeof mappingSchema>;

/** Reads the mapping file. Throws `config_invalid` with what is wrong with it. */
export async function loadRepairMapping(file: string): Promise<Mapping> {
  const fail = (problem: string, cause?: unknown) =>
    new BellwetherError("config_invalid", `expected a mapping of repair orders in ${file}: ${problem}`, { retryable: false, cause });
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fail("cannot read it", cause);
  });
  const read = mappingSchema.safeParse(parseYaml(text));
  if (read.success) return read.data;
  throw fail(issuesOf(read.error));
}

/** What a record says, or why it says nothing: a reason of the closed list of rejections and one line of detail. */
export function readRepairOrder(
  value: Buffer | null,
  { mapping, nowMs }: { readonly mapping: Mapping | null; readonly nowMs: number },
): { readonly order: RepairOrder } | Rejection {
  const read = readObject(value, { bytesMax: VALUE_BYTES_MAX });
  if ("reason" in read) return read;
  const record = mapping === null ? read.object : mapped(mapping, read.object);
  if (typeof record === "string") return rejected("schema", record);
  const order = orderSchema.safeParse(record);
  if (!order.success) return rejected("schema", issuesOf(order.error));
  const { at, ...visit } = order.data;
  const atMs = Date.parse(at);
  if (atMs < EARLIEST_MS) return rejected("time_too_old", `at: expected a date from 2000 on, got ${at}`);
  if (atMs > nowMs + AHEAD_MS) return rejected("time_in_future", `at: expected a date until today, got ${at}`);
  return { order: { ...visit, atMs } };
}

/** With only the texts and numbers of the object, under our names. */
function mapped(mapping: Mapping, object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | string {
  const texts = Object.fromEntries(
    Object.entries(object).flatMap(([key, one]) => (typeof one === "string" || typeof one === "number" ? [[key, String(one)]] : [])),
  );
  const { odometerKm, note } = mapping.columns;
  const label = labelMapper(mapping)(texts);
  if (typeof label === "string") return label;
  const km = odometerKm === undefined ? undefined : texts[odometerKm];
  return { ...label, note: note === undefined ? "" : (texts[note] ?? ""), odometerKm: km === undefined || km === "" ? null : km };
}

interface RepairOrderReader extends Omit<TopicReader, "start"> {
  start(mappingFile: string | undefined): Promise<void>;
}

interface ReaderDeps {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly db: Postgres;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly group: string;
  readonly now: () => number;
  readonly random: () => number;
}

/** Reads the topic of repair orders. */
export function createRepairOrders({ log, store, db, logger, metrics, group, now, random }: ReaderDeps): RepairOrderReader {
  const counted = metrics.counter({
    name: "bellwether_alerts_repair_orders_total",
    help: "Repair orders taken from the topic: recorded, known already, or parked.",
    labels: ["result"],
  });
  const stopping = new AbortController();
  const policy: RetryOptions = { ...RECORD_RETRY, random, signal: stopping.signal };
  let mapping: Mapping | null = null;

  async function handle(record: LogRecord): Promise<void> {
    const nowMs = now();
    const read = record.unreadable ?? readRepairOrder(record.value, { mapping, nowMs });
    if ("reason" in read) return park(record, read);
    const { order } = read;
    const known = await retry(() => knownVehicles(store, [order.vin]), policy);
    if (!known.has(order.vin)) return park(record, rejected("bad_vin", "vin: not a vehicle of this fleet"));
    const decision = { actor: "workshop:repair-order topic", note: order.note, nowMs };
    const { kind } = await retry(() => recordRepairOrder(db, order, decision), policy);
    counted.inc({ result: kind });
  }

  async function park(record: LogRecord, { reason, detail }: Rejection): Promise<void> {
    logger.warn({ partition: record.partition, offset: record.offset, reason, detail }, "repair order parked");
    await parkRecord(log, record, { reason, detail });
    counted.inc({ result: "parked" });
  }

  const onBatch = oneByOne(handle, stopping.signal);
  const reader = createTopicReader(log, { topic: TOPICS.repairOrders, group: `${group}-repair-orders`, onBatch });
  return {
    ...reader,
    async start(mappingFile) {
      mapping = mappingFile === undefined ? null : await loadRepairMapping(mappingFile);
      await reader.start();
    },
    async stop() {
      stopping.abort();
      await reader.stop();
    },
  };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
