import { runExamples } from "@bellwether/analytics/workbench/examples";
import { openScratchStore } from "@bellwether/analytics/workbench/scratchStore";
import { z } from "zod";
import { lintRule } from "./catalogue.ts";

/** A process of its own: the embedded engine holds one directory per process, and the service's holds the fleet. */

const askedSchema = z.object({ file: z.string(), text: z.string() });

process.once("message", async (message) => {
  const { file, text } = askedSchema.parse(message);
  const { rule } = lintRule(file, text);
  const scratch = await openScratchStore();
  try {
    process.send?.(rule === null ? [] : await runExamples(scratch.store, [rule]));
  } finally {
    await scratch.close();
    process.disconnect();
  }
});
