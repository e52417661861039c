import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../../dashboards/cli/bin/bellwether.cjs", import.meta.url));

export interface RunningDemo {
  /** The address the demo printed, with the key in its fragment. */
  readonly address: string;
  /** Everything printed so far. */
  output(): string;
  /** Resolves once the text has been printed. */
  printed(text: string): Promise<void>;
  /** Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

/** Starts `bellwether demo` on a home and a port of its own and waits for the console's address. */
export async function startDemo(home: string, options: readonly string[]): Promise<RunningDemo> {
  const child = spawn(process.execPath, [COMMAND, "demo", "--home", home, ...options], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, API_PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = collect(child);
  await text.until("#key=");
  const address = /http:\S+#key=\S+/.exec(text.all())?.[0] ?? "";
  return {
    address,
    output: text.all,
    printed: text.until,
    async interrupt() {
      child.kill("SIGINT");
      const [code]: (number | null)[] = await once(child, "exit");
      return code ?? null;
    },
  };
}

function collect(child: ChildProcess) {
  let all = "";
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      all += chunk.toString("utf8");
      changed();
    });
  }
  const ended = once(child, "exit");
  const until = (wanted: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!all.includes(wanted)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      ended.then(() => reject(new Error(`the demo ended before it printed ${JSON.stringify(wanted)}:\n${all}`)), reject);
      look();
    });
  return { all: () => all, until };
}
