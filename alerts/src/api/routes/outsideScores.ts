import { landScores, listModels, MODEL_NAME, readScoreRecords, readScoresCsv } from "@bellwether/analytics/workbench/labels/scoresFile";
import { z } from "zod";
import { knownVehicles } from "../../workbench/labels.ts";
import type { ApiApp, ApiDeps } from "../context.ts";
import { badRequest } from "../problems.ts";

/** Some hundred thousand rows. */
const BODY_BYTES_MAX = 16 * 2 ** 20;
const ROWS_MAX = 100_000;
/** Bad rows listed; more are counted. */
const PROBLEMS_MAX = 1_000;

const bodySchema = z.strictObject({
  model: z.string().regex(MODEL_NAME).describe("what rules name as `model`"),
  version: z.string().max(60).default("").describe("of the model; kept with every score"),
  rows: z
    .array(z.strictObject({ vin: z.string().max(64), at: z.string().max(40), score: z.number() }))
    .max(ROWS_MAX)
    .optional(),
  csv: z.string().optional().describe("with the columns vin, at, score"),
});
type Body = z.infer<typeof bodySchema>;

const importSchema = z.object({
  scores: z.number().describe("that landed"),
  problems: z.array(z.string()).describe("`line N: what is wrong`, of those left out"),
});
const modelsSchema = z.object({
  items: z.array(
    z.object({
      model: z.string(),
      scores: z.number(),
      vehicles: z.number(),
      versions: z.array(z.string()),
      firstAt: z.iso.datetime(),
      lastAt: z.iso.datetime(),
      receivedAt: z.iso.datetime(),
    }),
  ),
});

const tags = ["rules"];

/** Scores of models that run elsewhere, for rules with `reads: outside_scores`. */
export function outsideScoreRoutes(app: ApiApp, deps: ApiDeps): void {
  app.post(
    "/v1/outside-scores",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Scores of an outside model by rows or CSV: the good ones land, the bad are listed",
        tags,
        body: bodySchema,
        response: { 200: importSchema },
      },
    },
    async ({ body }) => importScores(deps, body),
  );
  app.get(
    "/v1/outside-scores",
    { schema: { summary: "Outside models that have sent scores", tags, response: { 200: modelsSchema } } },
    async () => ({ items: [...(await listModels(deps.store))] }),
  );
}

async function importScores({ store, now }: ApiDeps, body: Body): Promise<z.infer<typeof importSchema>> {
  const { model, version, rows, csv } = body;
  if ((rows === undefined) === (csv === undefined)) throw badRequest("expected either rows or csv");
  const nowMs = now();
  const read = (isKnown: (vin: string) => boolean) =>
    csv === undefined
      ? readScoreRecords(
          (rows ?? []).map((row, i) => ({ record: { ...row, score: String(row.score) }, line: i + 1 })),
          { nowMs, isKnown },
        )
      : readScoresCsv(csv, { nowMs, isKnown });
  const all = read(() => true);
  if (all.scores.length > ROWS_MAX) throw badRequest(`expected at most ${ROWS_MAX} scores at a time, got ${all.scores.length}`);
  const known = await knownVehicles(store, [...new Set(all.scores.map(({ vin }) => vin))]);
  const { scores, problems } = read((vin) => known.has(vin));
  await landScores(
    store,
    scores.map((score) => ({ ...score, model, version })),
    { nowMs },
  );
  const more = problems.length - PROBLEMS_MAX;
  return { scores: scores.length, problems: more > 0 ? [...problems.slice(0, PROBLEMS_MAX), `and ${more} more`] : [...problems] };
}
