import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { placeInText } from "@bellwether/analytics/rules/readRules";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";

const resultsSchema = z.array(
  z.object({ example: z.string(), path: z.array(z.union([z.string(), z.number()])), isAsExpected: z.boolean(), detail: z.string() }),
);

const WORKER = fileURLToPath(new URL("./examplesWorker.ts", import.meta.url));
/** Strips the types of the sources, as for this process. */
const LOADER = import.meta.resolve("tsx");
const EXAMPLES_MS_MAX = 120_000;

/** The examples of a rule text that do not behave, each with what was expected; none when all do. Runs beside this process. */
export async function failingExamples(file: string, text: string): Promise<readonly string[]> {
  const results = resultsSchema.parse(await ask({ file, text }));
  return results
    .filter(({ isAsExpected }) => !isAsExpected)
    .map(({ example, path, detail }) => `${file}:${placeInText(text, path)} example "${example}": ${detail}`);
}

function ask(question: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = fork(WORKER, [], {
      execArgv: ["--import", LOADER],
      timeout: EXAMPLES_MS_MAX,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(
        new BellwetherError("store_unavailable", `the examples could not be run: their process ended with ${code}`, { retryable: true }),
      ),
    );
    worker.send(question);
  });
}
