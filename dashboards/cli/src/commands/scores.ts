import { readFile } from "node:fs/promises";
import { knownVehicles } from "@bellwether/alerts/workbench/labels";
import { landScores, MODEL_NAME, readScoresCsv } from "@bellwether/analytics/workbench/labels/scoresFile";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { readOptions } from "../options.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { askHistory } from "../workbench/onHistory.ts";

const optionsSchema = z.object({
  model: z.string().regex(MODEL_NAME).meta({ expected: "a name of up to 60 letters, digits, blanks, dots or hyphens" }),
  modelVersion: z.string().max(60).default(""),
});
const answerSchema = z.object({ scores: z.number(), problems: z.array(z.string()) });
type Answer = z.infer<typeof answerSchema>;

/** `bellwether scores`: what a model that runs elsewhere says, for rules with `reads: outside_scores`. */
export function addScores(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("scores"))
    .argument("<file>", "CSV with the columns vin, at, score")
    .option("--model <name>", "what rules name as `model`; needed")
    .option("--model-version <text>", "kept with every score")
    .description("bring in scores of an outside model: the good rows land, the bad are listed; exit 1 when there is one")
    .action((file: string, _options, self: Command) => runCommand(self, exit, (session) => run(session, file, self)));
}

async function run(session: Session, file: string, command: Command): Promise<number> {
  const { model, modelVersion: version } = readOptions(command, optionsSchema);
  const csv = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `cannot read ${file}`, { retryable: false, cause });
  });
  const answer = await askHistory(session, {
    here: async (store): Promise<Answer> => {
      const nowMs = Date.now();
      const all = readScoresCsv(csv, { nowMs });
      const known = await knownVehicles(store, [...new Set(all.scores.map(({ vin }) => vin))]);
      const { scores, problems } = readScoresCsv(csv, { nowMs, isKnown: (vin) => known.has(vin) });
      await landScores(
        store,
        scores.map((score) => ({ ...score, model, version })),
        { nowMs },
      );
      return { scores: scores.length, problems: [...problems] };
    },
    there: async (reader) => answerSchema.parse(await reader.post("/v1/outside-scores", { model, version, csv })),
  });
  const rows = answer.problems.map((problem) => ({ problem }));
  if (rows.length > 0) session.out.rows(rows, ["problem"]);
  session.out.line(`${answer.scores} scores of ${model}, ${answer.problems.length} rows left out`);
  return answer.problems.length === 0 ? EXIT.ok : EXIT.failed;
}
