import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "./workerOptions.ts";

/** Sender replicas as processes of their own, so that they can be killed as a machine would lose them. */

const WORKER = fileURLToPath(new URL("./sendWorker.ts", import.meta.url));

export interface Senders {
  /** Kills one with SIGKILL and puts another in its place; false: it has not done a batch yet. */
  replaceOne(index: number): Promise<boolean>;
  /** A sender that ended although nobody killed it is a defect. */
  throwIfCrashed(): void;
  stop(): Promise<void>;
}

export function startSenders(replicas: number, options: Omit<WorkerOptions, "name">, run: number): Senders {
  let made = 0;
  let crash: string | null = null;
  const ready = new WeakSet<ChildProcess>();
  const ordered = new WeakSet<ChildProcess>();
  const start = (): ChildProcess => {
    const own: WorkerOptions = { ...options, name: `run${run}-sender${made++}` };
    const child = spawn(process.execPath, ["--import", "tsx", WORKER, JSON.stringify(own)], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdout.once("data", () => ready.add(child));
    child.on("exit", (code) => {
      if (!ordered.has(child)) crash = `${own.name} ended by itself with exit code ${String(code)}`;
    });
    return child;
  };
  const running = Array.from({ length: replicas }, start);
  const kill = async (child: ChildProcess | undefined): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    ordered.add(child);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    throwIfCrashed() {
      if (crash !== null) throw new Error(crash);
    },
    async replaceOne(index) {
      const at = index % running.length;
      const child = running[at];
      if (child === undefined || !ready.has(child)) return false;
      await kill(child);
      running[at] = start();
      return true;
    },
    async stop() {
      await Promise.all(running.map(kill));
    },
  };
}
