import { startCli } from "./runCli.ts";

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

/** Longest a test may keep a demo. */
const DEMO_MS_MAX = 600_000;

/** Starts `bellwether demo` on a home and a port of its own and waits for the console's address. */
export async function startDemo(home: string, options: readonly string[]): Promise<RunningDemo> {
  const demo = startCli(["demo", "--home", home, ...options], { timeoutMs: DEMO_MS_MAX });
  await demo.printed("#key=");
  const address = /http:\S+#key=\S+/.exec(demo.output())?.[0] ?? "";
  return {
    address,
    output: demo.output,
    printed: demo.printed,
    interrupt: async () => (await demo.interrupt()).code,
  };
}
