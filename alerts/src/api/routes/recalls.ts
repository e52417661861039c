import { parse } from "csv-parse/sync";
import { z } from "zod";
import { findRecalls, recallSchema, saveRecall } from "../../leads/recalls.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { recallsSchema } from "../leadSchemas.ts";
import { badRequest } from "../problems.ts";

const ROWS_MAX = 10_000;
const BODY_BYTES_MAX = 4 * 2 ** 20;
const tags = ["leads"];
const bodySchema = z.strictObject({
  rows: z.array(z.record(z.string(), z.unknown())).max(ROWS_MAX).optional().describe("campaign, vin, component, title, state, openedOn"),
  csv: z.string().optional().describe("the same columns as CSV with a header line"),
});
const answerSchema = z.object({
  recorded: z.number().int(),
  rejected: z.array(z.object({ row: z.number().int(), reason: z.string() })),
});

/** The maker's recalls, so that a lead can say who pays. */
export function recallRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.post(
    "/v1/recalls",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Recalls per vehicle as rows or CSV; the same campaign again brings it up to date, bad rows are listed",
        tags,
        body: bodySchema,
        response: { 200: answerSchema },
      },
    },
    async (request) => {
      const { rows = [], csv } = request.body;
      const { role, name } = callerOf(request);
      const answer: z.infer<typeof answerSchema> = { recorded: 0, rejected: [] };
      for (const [index, row] of [...rows, ...rowsOf(csv)].entries()) {
        const recall = recallSchema.safeParse(row);
        if (recall.success) {
          await saveRecall(db, recall.data, { actor: `${role}:${name}`, nowMs: now() });
          answer.recorded++;
        } else {
          const [issue] = recall.error.issues;
          answer.rejected.push({ row: index + 1, reason: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not fit"}` });
        }
      }
      return answer;
    },
  );
  app.get(
    "/v1/recalls",
    {
      schema: {
        summary: "A vehicle's recalls; null when no list was ever connected",
        tags,
        querystring: z.object({ vin: z.string().min(1).max(32) }),
        response: { 200: z.object({ vin: z.string(), recalls: recallsSchema }) },
      },
    },
    async (request) => {
      const { vin } = request.query;
      return { vin, recalls: await readAs(db, callerOf(request), (tx) => findRecalls(tx, vin)).then((found) => found?.slice() ?? null) };
    },
  );
}

function rowsOf(csv: string | undefined): readonly unknown[] {
  if (csv === undefined) return [];
  let rows: readonly unknown[];
  try {
    rows = z.array(z.unknown()).parse(parse(csv, { columns: true, bom: true, skip_empty_lines: true, trim: true }));
  } catch {
    throw badRequest("expected CSV with a header line");
  }
  if (rows.length > ROWS_MAX) throw badRequest(`expected at most ${ROWS_MAX} lines, got ${rows.length}`);
  return rows;
}
