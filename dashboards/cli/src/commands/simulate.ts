import { TOPICS } from "@bellwether/contracts/topics";
import { count, flag } from "@bellwether/runtime/configFields";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { createFleet, type Fleet } from "@bellwether/simulator/fleet";
import type { Command } from "commander";
import { z } from "zod";
import { day, seed } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { logConfig } from "../platform.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

const optionsSchema = z.object({
  vehicles: count({ min: 1, max: 100_000 }),
  days: count({ min: 1, max: 3_650 }),
  seed: seed(),
  start: day(),
  to: z.enum(["log", "stdout"]),
  truth: flag().default(false),
});
type Options = z.infer<typeof optionsSchema>;

const RECORDS_PER_SEND = 2_000;

/** `bellwether simulate`: real frames of a seeded fleet, onto the topic or as hex lines. */
export function addSimulate(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("simulate"))
    .description("produce the GB/T 32960 frames of a simulated fleet")
    .option("--vehicles <n>", "how many cars", "10")
    .option("--days <n>", "how many days", "7")
    .option("--seed <n>", "same seed, same bytes", "1")
    .option("--start <date>", "first day, YYYY-MM-DD", "2026-06-01")
    .option("--to <where>", "log: the frames topic; stdout: VIN and hex, one frame per line", "log")
    .option("--truth", "print the planted faults instead of producing frames")
    .action((_options, command: Command) => runCommand(command, exit, (session) => simulate(session, readOptions(command, optionsSchema))));
}

async function simulate(session: Session, options: Options): Promise<undefined> {
  const { seed, vehicles, days } = options;
  const fleet = createFleet({ seed, vehicles, days, startMs: Date.parse(options.start) });
  if (options.truth) {
    session.out.rows(
      fleet.truth.map((fault) => ({ ...fault, start: new Date(fault.startMs).toISOString() })),
      ["vin", "kind", "component", "cell", "start", "sentence"],
    );
    return undefined;
  }
  if (options.to === "stdout") await printFrames(fleet, days);
  else await sendFrames(session, fleet, options);
  return undefined;
}

/** Waits for whoever reads, and ends when nobody does any more (`| head`). */
async function printFrames(fleet: Fleet, days: number): Promise<void> {
  const { stdout } = process;
  const closed = new Promise<void>((resolve) => stdout.once("error", () => resolve()));
  for (let day = 0; day < days; day++) {
    for (const { vin, frame } of fleet.framesOfDay(day)) {
      if (stdout.write(`${vin} ${frame.toString("hex")}\n`)) continue;
      const drained = new Promise<"drained">((resolve) => stdout.once("drain", () => resolve("drained")));
      if ((await Promise.race([drained, closed])) !== "drained") return;
    }
  }
}

async function sendFrames(session: Session, fleet: Fleet, { days }: Options): Promise<void> {
  const log = await openLog(logConfig(session.config, session.home), { logger: session.logger });
  try {
    await log.ensureTopics([{ topic: TOPICS.frames, partitions: 4 }]);
    let sent = 0;
    for (let day = 0; day < days; day++) {
      for (const records of chunksOfDay(fleet, day)) {
        await log.sink.send(TOPICS.frames, records);
        sent += records.length;
      }
    }
    session.out.record({ topic: TOPICS.frames, records: sent, vehicles: fleet.vehicles.length, days });
  } finally {
    await log.close();
  }
}

/** A day's frames as records keyed by VIN, in bounded portions. */
export function* chunksOfDay(fleet: Fleet, day: number): Generator<OutgoingRecord[]> {
  let chunk: OutgoingRecord[] = [];
  for (const { vin, frame } of fleet.framesOfDay(day)) {
    chunk.push({ key: vin, value: frame });
    if (chunk.length < RECORDS_PER_SEND) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
