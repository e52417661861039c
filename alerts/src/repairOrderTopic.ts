import { readFile } from "node:fs/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { BellwetherError } from "@bellwether/contracts/errors";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { RejectionReason } from "@bellwether/contracts/sample";
import { TOPICS } from "@bellwether/contracts/topics";
import type { Postgres } from "@bellwether/postgres/open";
import type { LogRecord, RecordLog, Subscription } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { type RetryOptions, retry } from "@bellwether/runtime/retry";
import { parse } from "yaml";
import { z } from "zod";
import { oneByOne, parkRecord, untilHandled } from "./recordBatches.ts";
import { REPAIR_CAUSES, type RepairOrder, recordRepairOrder } from "./repairOrders.ts";
import { labelMapper, labelMappingSchema } from "./workbench/labelMapping.ts";
import { knownVehicles } from "./workbench/labels.ts";

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
const objectSchema = z.record(z.string(), z.unknown());

/** Reads the mapping file. Throws `config_invalid` with what is wrong with it. */
export async function loadRepairMapping(file: string): Promise<Mapping> {
  const fail = (problem: string, cause?: unknown) =>
    new BellwetherError("config_invalid", `expected a mapping of repair orders in ${file}: ${problem}`, { retryable: false, cause });
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fail("cannot read it", cause);
  });
  const read = mappingSchema.safeParse(parseYaml(text));
  if (read.success) return read.data;
  throw fail(read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
}

/** What a record says, or why it says nothing: a reason of the closed list of rejections and one line of detail. */
export function readRepairOrder(
  value: Buffer | null,
  { mapping, nowMs }: { readonly mapping: Mapping | null; readonly nowMs: number },
): { readonly order: RepairOrder } | Refusal {
  if (value === null || value.length === 0) return refused("empty", "expected one JSON object");
  if (value.length > VALUE_BYTES_MAX) return refused("too_large", `expected up to ${VALUE_BYTES_MAX} bytes, got ${value.length}`);
  const object = objectSchema.safeParse(parseJson(value));
  if (!object.success) return refused("malformed", "expected one JSON object");
  const record = mapping === null ? object.data : mapped(mapping, object.data);
  if (typeof record === "string") return refused("schema", record);
  const read = orderSchema.safeParse(record);
  if (!read.success) return refused("schema", read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  const { at, ...order } = read.data;
  const atMs = Date.parse(at);
  if (atMs < EARLIEST_MS) return refused("time_too_old", `at: expected a date from 2000 on, got ${at}`);
  if (atMs > nowMs + AHEAD_MS) return refused("time_in_future", `at: expected a date until today, got ${at}`);
  return { order: { ...order, atMs } };
}

interface Refusal {
  readonly reason: RejectionReason;
  readonly detail: string;
}

function refused(reason: RejectionReason, detail: string): Refusal {
  return { reason, detail };
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

export interface RepairOrderReader {
  start(mappingFile: string | undefined): Promise<void>;
  /** Resolves when every record produced before the call is recorded or parked, and committed. */
  drain(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Settles when the reader has ended; before `start` it is settled. */
  done(): Promise<void>;
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
  let subscription: Subscription | null = null;
  let mapping: Mapping | null = null;

  async function handle(record: LogRecord): Promise<void> {
    const nowMs = now();
    const read = readRepairOrder(record.value, { mapping, nowMs });
    if ("reason" in read) return park(record, read);
    const { order } = read;
    const known = await retry(() => knownVehicles(store, [order.vin]), policy);
    if (!known.has(order.vin)) return park(record, refused("bad_vin", "vin: not a vehicle of this fleet"));
    const decision = { actor: "workshop:repair-order topic", note: order.note, nowMs };
    const { kind } = await retry(() => recordRepairOrder(db, order, decision), policy);
    counted.inc({ result: kind });
  }

  async function park(record: LogRecord, { reason, detail }: Refusal): Promise<void> {
    logger.warn({ partition: record.partition, offset: record.offset, reason, detail }, "repair order parked");
    await parkRecord(log, record, { reason, detail });
    counted.inc({ result: "parked" });
  }

  return {
    async start(mappingFile) {
      mapping = mappingFile === undefined ? null : await loadRepairMapping(mappingFile);
      await log.ensureTopics([{ topic: TOPICS.repairOrders, partitions: 4 }]);
      const onBatch = oneByOne(handle, stopping.signal);
      subscription = await log.source.subscribe({ topics: [TOPICS.repairOrders], group: `${group}-repair-orders`, onBatch });
    },
    async drain(signal) {
      if (subscription !== null) await untilHandled(log, TOPICS.repairOrders, subscription, signal);
    },
    async stop() {
      stopping.abort();
      await subscription?.close();
    },
    done: () => subscription?.done ?? Promise.resolve(),
  };
}

function parseJson(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString("utf8"));
  } catch {
    return null;
  }
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
