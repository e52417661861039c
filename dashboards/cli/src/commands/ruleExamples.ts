import { type ExampleResult, runExamples } from "@bellwether/analytics/workbench/examples";
import type { RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import { openScratchStore } from "@bellwether/analytics/workbench/scratchStore";

/** The files' own examples through the SQL that runs live, in a store of their own. */
export async function examplesOf(files: readonly RuleFileOnDisk[]): Promise<readonly ExampleResult[]> {
  const scratch = await openScratchStore();
  try {
    return await runExamples(
      scratch.store,
      files.map(({ rule }) => rule),
    );
  } finally {
    await scratch.close();
  }
}
