import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { z } from "zod";
import { createFrames } from "./load.ts";

/**
 * Makes reports at an even pace in a process of its own, so that what is measured does not pay for making them. As the embedded log
 * has one process only, that process appends what it is handed; with a broker it sends it.
 */

export interface Pace {
  readonly reports: number;
  readonly reportsPerS: number;
  /** Of the reports' event times. */
  readonly firstSecond: number;
  /** Absent: as `createFrames` has it. */
  readonly vehicles?: number;
}

export interface Delivery {
  /** When the reports were made, ms since 1970 UTC with fractions. */
  readonly sentMs: number;
  readonly records: readonly OutgoingRecord[];
}

const TICK_MS = 20;
const LENGTH_BYTES = 2;
const SENDS_MAX = 8;

const sentSchema = z.object({ sent: z.number() });
const deliverySchema = z.object({ sentMs: z.number(), keys: z.array(z.string()), values: z.instanceof(Uint8Array) });

/** Wall clock that two processes agree on. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Starts the producer and hands over what it makes; resolves when it has made everything, or when the signal ends it. */
export async function producePaced(pace: Pace, take: (delivery: Delivery) => void, signal?: AbortSignal): Promise<void> {
  const child = startProducer(pace, []);
  signal?.addEventListener("abort", () => child.kill(), { once: true });
  child.on("message", (message) => {
    const { sentMs, keys, values } = deliverySchema.parse(message);
    take({ sentMs, records: unpack(keys, Buffer.from(values.buffer, values.byteOffset, values.byteLength)) });
  });
  await ended(child, signal);
}

/** The same, but the producer sends to the brokers itself; returns how many reports a second it sent. */
export async function produceToKafka(pace: Pace, to: { brokers: readonly string[]; topic: string }, signal: AbortSignal): Promise<number> {
  const child = startProducer(pace, ["--topic", to.topic, ...to.brokers.flatMap((broker) => ["--broker", broker])]);
  const startedMs = performance.now();
  let sent = 0;
  child.on("message", (message) => {
    sent = sentSchema.parse(message).sent;
  });
  signal.addEventListener("abort", () => child.kill(), { once: true });
  await ended(child, signal);
  return Math.round(sent / ((performance.now() - startedMs) / 1000));
}

function startProducer({ reports, reportsPerS, firstSecond, vehicles }: Pace, more: readonly string[]): ChildProcess {
  const counts = { reports, rate: reportsPerS, second: firstSecond, ...(vehicles === undefined ? {} : { vehicles }) };
  const args = Object.entries(counts).flatMap(([name, count]) => [`--${name}`, String(count)]);
  return fork(fileURLToPath(import.meta.url), ["--produce", ...args, ...more], {
    serialization: "advanced",
    execArgv: ["--import", "tsx"],
  });
}

async function ended(child: ChildProcess, signal: AbortSignal | undefined): Promise<void> {
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0 && signal?.aborted !== true) throw new Error(`the producer ended with exit code ${code}`);
}

function unpack(keys: readonly string[], values: Buffer): readonly OutgoingRecord[] {
  let at = 0;
  return keys.map((key) => {
    const start = at + LENGTH_BYTES;
    at = start + values.readUInt16LE(at);
    return { key, value: values.subarray(start, at) };
  });
}

function pack(records: readonly OutgoingRecord[]): { readonly keys: readonly string[]; readonly values: Buffer } {
  const lengths = records.map(({ value }) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16LE(value.length);
    return length;
  });
  return {
    keys: records.map(({ key }) => String(key)),
    values: Buffer.concat(records.flatMap(({ value }, i) => [lengths[i] ?? Buffer.alloc(0), value])),
  };
}

type Take = (batch: readonly OutgoingRecord[]) => Promise<void>;

/** What a late tick missed, the next one makes up for. */
async function produceAll({ reports, reportsPerS, firstSecond, vehicles }: Pace, take: Take): Promise<void> {
  const frames = createFrames(reports, firstSecond, vehicles);
  const startedMs = performance.now();
  for (let sent = 0; sent < reports; ) {
    const due = Math.min(reports, Math.floor(((performance.now() - startedMs) / 1000) * reportsPerS));
    const batch: OutgoingRecord[] = [];
    for (; sent < due; sent++) {
      const { value } = frames.next();
      if (value !== undefined) batch.push(value);
    }
    if (batch.length > 0) await take(batch);
    await sleep(TICK_MS);
  }
}

function tell(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

/** Several sends may be under way, as with any producer that does not wait for each answer. */
async function toKafka(brokers: readonly string[], topic: string): Promise<Take> {
  const log = await openLog({ kind: "kafka", brokers, clientId: "bench-producer" });
  let sent = 0;
  const underWay = new Set<Promise<void>>();
  return async (batch) => {
    const send = log.sink.send(topic, batch).then(() => {
      sent += batch.length;
      return tell({ sent });
    });
    underWay.add(send);
    send.finally(() => underWay.delete(send)).catch(() => undefined);
    if (underWay.size >= SENDS_MAX) await Promise.race(underWay);
  };
}

const text = { type: "string" } as const;
const { values } = parseArgs({
  strict: false,
  options: {
    produce: { type: "boolean" },
    reports: text,
    rate: text,
    second: text,
    vehicles: text,
    topic: text,
    broker: { ...text, multiple: true },
  },
});
if (values.produce === true) {
  const { topic, vehicles } = values;
  const take: Take =
    typeof topic === "string"
      ? await toKafka(z.array(z.string()).parse(values.broker), topic)
      : (batch) => tell({ sentMs: wallMs(), ...pack(batch) });
  const pace = { reports: Number(values.reports), reportsPerS: Number(values.rate), firstSecond: Number(values.second) };
  await produceAll({ ...pace, ...(vehicles === undefined ? {} : { vehicles: Number(vehicles) }) }, take);
  process.disconnect();
}
