import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { REPAIR_CAUSES, recordRepairOrder } from "../../outcomes/repairOrders.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { namesIn, workNames } from "../leadSchemas.ts";
import { badRequest } from "../problems.ts";
import { decisionOf } from "./alerts.ts";

const orderBody = z.strictObject({
  id: z.string().min(1).max(100).describe("the workshop's own number; the same one twice is one visit"),
  vin: z.string().min(1).max(32),
  component: z.enum(COMPONENTS),
  cause: z.enum(REPAIR_CAUSES).describe("why the car came"),
  outcome: z.enum(OUTCOMES),
  at: z.iso.datetime(),
  note: z.string().max(2000).default(""),
  odometerKm: z
    .union([
      z.number(),
      z.literal("").transform(() => null),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .pipe(z.number().min(0).max(5_000_000).nullable())
    .nullish()
    .describe("at the visit; absent or empty: not told"),
  partsUsed: workNames.describe("parts fitted; a list, or one text with semicolons; absent: not told"),
  operationsDone: workNames.describe("the same for operations"),
});

const CSV_ROWS_MAX = 1000;
const csvAnswer = z.object({
  recorded: z.number().int(),
  known: z.number().int(),
  rejected: z.array(z.object({ line: z.number().int(), reason: z.string() })),
});

/** Visits as workshops' systems report them: one by one, or as a file. */
export function repairOrderRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  app.post(
    "/v1/repair-orders",
    {
      schema: {
        summary: "A visit, with or without a lead: ends the alert it concerns and becomes a label",
        tags: ["proof"],
        body: orderBody,
        response: { 200: z.object({ result: z.enum(["recorded", "known"]), alertId: z.string().nullable() }) },
      },
    },
    async (request) => {
      const { at, partsUsed, operationsDone, ...order } = request.body;
      const work = { partsUsed: namesIn(partsUsed), operationsDone: namesIn(operationsDone) };
      const decision = decisionOf(callerOf(request), order.note, now());
      const { kind, alertId } = await recordRepairOrder(db, { ...order, work, atMs: Date.parse(at) }, decision);
      return { result: kind, alertId };
    },
  );
  csvRoute(app, deps);
}

/** A file of visits. Every line stands for itself: a bad one is named with its reason and the others are recorded. */
function csvRoute(app: ApiApp, { db, now }: ApiDeps): void {
  app.register(async (scope) => {
    scope.addContentTypeParser("text/csv", { parseAs: "string" }, (_, body, done) => done(null, body));
    scope.post(
      "/v1/repair-orders.csv",
      {
        schema: {
          summary: `Up to ${CSV_ROWS_MAX} visits as CSV with the header id,vin,component,cause,outcome,at,note and, where known, odometerKm,partsUsed,operationsDone`,
          tags: ["proof"],
          consumes: ["text/csv"],
          response: { 200: csvAnswer },
        },
      },
      async (request) => {
        const answer: z.infer<typeof csvAnswer> = { recorded: 0, known: 0, rejected: [] };
        for (const [index, row] of rowsOf(request.body).entries()) {
          const order = orderBody.safeParse(row);
          if (!order.success) {
            const [issue] = order.error.issues;
            answer.rejected.push({ line: index + 2, reason: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not fit"}` });
            continue;
          }
          const { at, partsUsed, operationsDone, ...visit } = order.data;
          const work = { partsUsed: namesIn(partsUsed), operationsDone: namesIn(operationsDone) };
          const decision = decisionOf(callerOf(request), visit.note, now());
          const { kind } = await recordRepairOrder(db, { ...visit, work, atMs: Date.parse(at) }, decision);
          answer[kind]++;
        }
        return answer;
      },
    );
  });
}

function rowsOf(body: unknown): readonly unknown[] {
  let rows: readonly unknown[];
  try {
    rows = z
      .array(z.unknown())
      .parse(parse(typeof body === "string" ? body : "", { columns: true, bom: true, skip_empty_lines: true, trim: true }));
  } catch {
    throw badRequest("expected CSV with a header line");
  }
  if (rows.length > CSV_ROWS_MAX) throw badRequest(`expected at most ${CSV_ROWS_MAX} lines, got ${rows.length}`);
  return rows;
}
