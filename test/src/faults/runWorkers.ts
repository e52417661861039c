import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { KafkaClient } from "@bellwether/runtime/log/kafka/client";
import { z } from "zod";
import { FAULTS, type Fault, planRun } from "./plan.ts";

const messageSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("produced"), run: z.number() }),
  z.object({ event: z.literal("restart_broker") }),
  z.object({
    event: z.literal("done"),
    run: z.number(),
    fault: z.enum(FAULTS),
    ms: z.number(),
    produced: z.number(),
    parked: z.number(),
    lost: z.number(),
    doubled: z.number(),
    viewLost: z.number(),
    viewDoubled: z.number(),
    unsound: z.number(),
  }),
]);
export type RunResult = Omit<Extract<z.infer<typeof messageSchema>, { event: "done" }>, "event"> & { readonly kills: number };

export interface WorkerOptions {
  readonly dir: string;
  readonly seed: number;
  readonly runs: number;
  readonly only?: Fault | undefined;
  /** Absent: the embedded log. */
  readonly broker?: { readonly address: string; readonly restart: () => Promise<void>; readonly client: KafkaClient };
  readonly onResult: (result: RunResult) => void;
}

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
/** Ends of one run that nobody has ordered: more of them are a defect, and the last one's words are the report. */
const CRASHES_MAX = 2;

interface Progress {
  next: number;
  killsOfRun: number;
  kills: number;
  crashes: number;
  /** The run that is next had put its records into the log when its process ended. */
  isResumed: boolean;
}

/** Does runs in child processes, killing them where the plan says so. Resolves with the number of kills. */
export async function runWorkers(options: WorkerOptions): Promise<number> {
  const progress: Progress = { next: 0, killsOfRun: 0, kills: 0, crashes: 0, isResumed: false };
  while (progress.next < options.runs) {
    const child = startWorker(options, progress);
    const exited = once(child, "exit");
    const killed = { isOrdered: false };
    for await (const line of createInterface({ input: outputOf(child) })) {
      await onMessage(messageSchema.parse(JSON.parse(line)), { options, progress, child, killed });
    }
    const [code] = await exited;
    progress.isResumed = true;
    if (progress.next < options.runs && !killed.isOrdered) countCrash(progress, `seed ${options.seed}, exit code ${String(code)}`);
  }
  return progress.kills;
}

function outputOf({ stdout }: ChildProcess): NonNullable<ChildProcess["stdout"]> {
  if (stdout === null) throw new Error("a worker's output is a pipe");
  return stdout;
}

function countCrash(progress: Progress, how: string): void {
  progress.crashes++;
  if (progress.crashes > CRASHES_MAX) throw new Error(`run ${progress.next} ended by itself: ${how}`);
}

interface Watched {
  readonly options: WorkerOptions;
  readonly progress: Progress;
  readonly child: ChildProcess;
  readonly killed: { isOrdered: boolean };
}

async function onMessage(message: z.infer<typeof messageSchema>, watched: Watched): Promise<void> {
  const { options, progress } = watched;
  switch (message.event) {
    case "restart_broker":
      return options.broker?.restart();
    case "produced":
      return orderKill(message.run, watched);
    case "done":
      options.onResult({ ...message, kills: progress.killsOfRun });
      progress.next = message.run + 1;
      progress.killsOfRun = 0;
      progress.isResumed = false;
  }
}

function orderKill(run: number, { options, progress, child, killed }: Watched): void {
  const { kills, afterMs } = planRun(options.seed, run, options.broker === undefined ? "embedded" : "kafka", options.only);
  if (progress.killsOfRun >= kills) return;
  const timer = setTimeout(
    () => {
      if (child.exitCode !== null || progress.next !== run) return;
      killed.isOrdered = true;
      progress.killsOfRun++;
      progress.kills++;
      child.kill("SIGKILL");
    },
    (afterMs[progress.killsOfRun] ?? 0) / 2,
  );
  child.once("exit", () => clearTimeout(timer));
}

function startWorker(
  { dir, seed, runs, broker, only }: WorkerOptions,
  { next, isResumed }: { next: number; isResumed: boolean },
): ChildProcess {
  const args = ["--dir", dir, "--seed", String(seed), "--first", String(next), "--runs", String(runs)];
  if (broker !== undefined) args.push("--brokers", broker.address, "--client", broker.client);
  if (only !== undefined) args.push("--only", only);
  if (isResumed) args.push("--resumed");
  const child = spawn(process.execPath, ["--import", "tsx", WORKER, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  return child;
}
