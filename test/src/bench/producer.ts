import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
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
}

export interface Delivery {
  /** When the reports were made, ms since 1970 UTC with fractions. */
  readonly sentMs: number;
  readonly records: readonly OutgoingRecord[];
}

const TICK_MS = 20;
const LENGTH_BYTES = 2;

const deliverySchema = z.object({ sentMs: z.number(), keys: z.array(z.string()), values: z.instanceof(Uint8Array) });

/** Wall clock that two processes agree on. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Starts the producer and hands over what it makes; resolves when it has made everything. */
export async function producePaced({ reports, reportsPerS, firstSecond }: Pace, take: (delivery: Delivery) => void): Promise<void> {
  const args = Object.entries({ reports, rate: reportsPerS, second: firstSecond }).flatMap(([name, count]) => [`--${name}`, String(count)]);
  const child = fork(fileURLToPath(import.meta.url), ["--produce", ...args], {
    serialization: "advanced",
    execArgv: ["--import", "tsx"],
  });
  child.on("message", (message) => {
    const { sentMs, keys, values } = deliverySchema.parse(message);
    take({ sentMs, records: unpack(keys, Buffer.from(values.buffer, values.byteOffset, values.byteLength)) });
  });
  const [code] = await new Promise<readonly [number | null]>((resolve) => child.once("exit", (exitCode) => resolve([exitCode])));
  if (code !== 0) throw new Error(`the producer ended with exit code ${code}`);
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

/** What a late tick missed, the next one makes up for. */
async function produceAll({ reports, reportsPerS, firstSecond }: Pace): Promise<void> {
  const frames = createFrames(reports, firstSecond);
  const startedMs = performance.now();
  for (let sent = 0; sent < reports; ) {
    const due = Math.min(reports, Math.floor(((performance.now() - startedMs) / 1000) * reportsPerS));
    const batch: OutgoingRecord[] = [];
    for (; sent < due; sent++) {
      const { value } = frames.next();
      if (value !== undefined) batch.push(value);
    }
    if (batch.length > 0)
      await new Promise<void>((resolve) => process.send?.({ sentMs: wallMs(), ...pack(batch) }, undefined, {}, () => resolve()));
    await sleep(TICK_MS);
  }
}

const { values } = parseArgs({
  strict: false,
  options: { produce: { type: "boolean" }, reports: { type: "string" }, rate: { type: "string" }, second: { type: "string" } },
});
if (values.produce === true) {
  await produceAll({ reports: Number(values.reports), reportsPerS: Number(values.rate), firstSecond: Number(values.second) });
  process.disconnect();
}
