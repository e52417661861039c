import { type LabelChecks, type LabelsRead, readLabelRecords, readLabelsCsv } from "@bellwether/analytics/workbench/labels/labelsFile";
import { z } from "zod";
import { labelMapper, labelMappingSchema } from "../../workbench/labelMapping.ts";
import { knownVehicles, landLabels, listUnjudged, readLabelQuality } from "../../workbench/labels.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { badRequest } from "../problems.ts";
import { labelImportSchema, labelQualitySchema, unjudgedSchema } from "../workbenchSchemas.ts";

/** Repair orders of some hundred thousand rows. */
const BODY_BYTES_MAX = 32 * 2 ** 20;
/** Bad rows listed; more are counted. */
const PROBLEMS_MAX = 1_000;
/** Clocks differ: a label may be this far ahead. */
const AHEAD_MS = 86_400_000;

const rowSchema = z.record(z.string(), z.string().optional());
const bodySchema = z.strictObject({
  source: z
    .string()
    .regex(/^[\w .-]{1,60}$/)
    .optional()
    .describe("name of the system they come from; absent: the caller's own verdicts"),
  rows: z.array(rowSchema).max(100_000).optional().describe("vin, component, outcome, at; optional id, sourceId, note"),
  csv: z.string().optional().describe("the same columns, or those of the mapping"),
  mapping: labelMappingSchema.optional(),
});

const tags = ["labels"];

/** Labels by file, by hand, and how good they are. */
export function labelImportRoutes(app: ApiApp, deps: ApiDeps): void {
  const { store } = deps;
  app.post(
    "/v1/labels",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Labels by rows or CSV: the good ones land, the bad are listed",
        tags,
        body: bodySchema,
        response: { 200: labelImportSchema },
      },
    },
    async (request) => importLabels(deps, callerOf(request), request.body),
  );
  app.get(
    "/v1/labels/unjudged",
    {
      schema: {
        summary: "Findings nobody has judged since they began, the worst first",
        tags,
        querystring: z.object({ source: z.string().max(100).default(""), limit: z.coerce.number().int().min(1).max(200).default(50) }),
        response: { 200: unjudgedSchema },
      },
    },
    async ({ query: { source, limit } }) => listUnjudged(store, { sourceId: source, limit }),
  );
  app.get(
    "/v1/labels/quality",
    { schema: { summary: "Labels by source: contradictions, delay, findings spoken about", tags, response: { 200: labelQualitySchema } } },
    async () => readLabelQuality(store),
  );
}

type Body = z.infer<typeof bodySchema>;

async function importLabels({ store, now }: ApiDeps, caller: ReturnType<typeof callerOf>, body: Body) {
  const { source, rows, mapping } = body;
  if ((rows === undefined) === (body.csv === undefined)) throw badRequest("expected either rows or csv");
  const checks = { nowMs: now() + AHEAD_MS, ...(mapping === undefined ? {} : { map: labelMapper(mapping) }) };
  const all = read(body, checks);
  const known = await knownVehicles(store, [...new Set(all.labels.map(({ vin }) => vin))]);
  const { labels, problems } = read(body, { ...checks, isKnown: (vin) => known.has(vin) });
  const who = `${caller.role}:${caller.name}`;
  const rest = new Map((rows ?? []).map((row) => [row.id ?? "", row]));
  await landLabels(store, labels, ({ id }) => ({
    givenBy: source === undefined ? who : `import:${source}`,
    note: [rest.get(id)?.note ?? "", source === undefined ? "" : `imported by ${who}`].filter((text) => text !== "").join("; "),
    sourceId: rest.get(id)?.sourceId ?? null,
    nowMs: now(),
  }));
  const listed = problems.slice(0, PROBLEMS_MAX).map(problemOf);
  const more = problems.length - listed.length;
  return { labels: labels.length, problems: more > 0 ? [...listed, { line: 0, message: `and ${more} more` }] : listed };
}

function read({ rows, csv = "" }: Body, checks: LabelChecks): LabelsRead {
  return rows === undefined
    ? readLabelsCsv(csv, checks)
    : readLabelRecords(
        rows.map((record, i) => ({ record, line: i + 1 })),
        checks,
      );
}

function problemOf(said: string): { line: number; message: string } {
  const [, line = "0", message = said] = /^line (\d+): ([\s\S]*)$/.exec(said) ?? [];
  return { line: Number(line), message };
}
