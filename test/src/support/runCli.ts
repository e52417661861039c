import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The real `bellwether` command as a child process. */
const COMMAND = fileURLToPath(new URL("../../../dashboards/cli/bin/bellwether.cjs", import.meta.url));

/** Longer than any command of the tests should take on a busy machine; then the child is killed and the test fails. */
const TIMEOUT_MS = 120_000;

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Added to PATH, HOME and a free API port; nothing else of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; closed at once when absent. */
  readonly input?: Buffer | string;
  readonly timeoutMs?: number;
}

export interface RunningCli {
  readonly pid: number;
  /** Everything printed so far, on both outputs. */
  output(): string;
  /** Resolves once the text has been printed; rejects when the command ends before. */
  printed(text: string): Promise<void>;
  /** Ctrl-C, or another signal; resolves when the command has ended. */
  interrupt(signal?: NodeJS.Signals): Promise<CliResult>;
  readonly ended: Promise<CliResult>;
}

/** Runs a command to its end. Rejects only when it does not end in time. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** The objects a command printed with --json; fails on a line that is not one JSON object. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const printed: unknown = JSON.parse(line);
      if (typeof printed !== "object" || printed === null || Array.isArray(printed)) throw new Error(`expected a JSON object, got ${line}`);
      return { ...printed };
    });
}

/** Starts a command that goes on until it is told to stop. */
export function startCli(args: readonly string[], { env = {}, input, timeoutMs = TIMEOUT_MS }: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, API_PORT: "0", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that needs no input may have ended before it was written.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const text = collect(child);
  const ended = new Promise<CliResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`bellwether ${args.join(" ")} did not end within ${timeoutMs} ms:\n${text.all()}`));
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: text.stdout(), stderr: text.stderr() });
    });
  });
  // Whoever waits sees the failure; a test that has failed elsewhere must not fail twice.
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    output: text.all,
    printed: (wanted) => text.until(wanted, ended),
    interrupt(signal = "SIGINT") {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

function collect(child: ChildProcess) {
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    changed();
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    changed();
  });
  const all = () => stdout + stderr;
  const until = (wanted: string, ended: Promise<CliResult>): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!all().includes(wanted)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      ended.then(() => reject(new Error(`the command ended before it printed ${JSON.stringify(wanted)}:\n${all()}`)), reject);
      look();
    });
  return { stdout: () => stdout, stderr: () => stderr, all, until };
}
