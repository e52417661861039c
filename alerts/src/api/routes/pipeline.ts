import {
  deadLetterFilterSchema,
  deadLetterSchema,
  type PipelineOperations,
  partitionAccountSchema,
  replayReportSchema,
  replayRequestSchema,
} from "@bellwether/contracts/operations";
import { z } from "zod";
import type { ApiApp, ApiDeps } from "../context.ts";
import { notFound } from "../problems.ts";

/** What operators ask of the pipeline: its account of every offset, its dead letters. Raw payloads: for staff only. */
export function pipelineRoutes(app: ApiApp, { pipeline }: ApiDeps): void {
  const tags = ["pipeline"];
  app.get(
    "/v1/ledger/account",
    {
      schema: {
        summary: "Per partition: landed, ignored, parked by reason, gaps, doubles, in flight, committed offset and lag",
        tags,
        response: { 200: z.object({ items: z.array(partitionAccountSchema) }) },
      },
    },
    async () => ({ items: [...(await present(pipeline).account())] }),
  );
  app.get(
    "/v1/dead-letters",
    {
      schema: {
        summary: "Parked records with their bytes and origin, newest first",
        tags,
        querystring: deadLetterFilterSchema,
        response: { 200: z.object({ items: z.array(deadLetterSchema) }) },
      },
    },
    async ({ query }) => ({ items: [...(await present(pipeline).deadLetters(query))] }),
  );
  app.post(
    "/v1/dead-letters/replay",
    {
      schema: {
        summary: "Sends parked records through the pipeline again, each once",
        tags,
        body: replayRequestSchema,
        response: { 200: replayReportSchema },
      },
    },
    async ({ body }) => present(pipeline).replay(body),
  );
}

function present(pipeline: PipelineOperations | undefined): PipelineOperations {
  if (pipeline === undefined) throw notFound("the pipeline's log, which this process does not have open,");
  return pipeline;
}
