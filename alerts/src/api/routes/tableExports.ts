import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXPORTED_TABLES, exportTable, isExported } from "@bellwether/analytics/workbench/exportTable";
import { z } from "zod";
import type { ApiApp, ApiDeps } from "../context.ts";
import { badRequest } from "../problems.ts";

const FORMATS = { parquet: "Parquet", arrow: "Arrow" } as const;
/** More is not asked for in one piece; the days of a file can be put together. */
const DAYS_MAX = 400;
const DAY_MS = 86_400_000;

const table = z.string().refine(isExported, { error: `expected one of ${Object.keys(EXPORTED_TABLES).join(", ")}` });

/** Features, findings, firings, labels and scores as a file for notebooks, of the process that has the store open. */
export function tableExportRoutes(app: ApiApp, { store }: ApiDeps): void {
  app.get(
    "/v1/exports/:table",
    {
      schema: {
        summary: "A table's rows of some days as Parquet or Arrow, newest state of each row",
        tags: ["workbench"],
        params: z.object({ table }),
        querystring: z.object({
          from: z.iso.date().describe("first day (UTC)"),
          to: z.iso.date().describe(`day after the last one; at most ${DAYS_MAX} days later`),
          format: z.enum(["parquet", "arrow"]).default("parquet"),
        }),
        produces: ["application/octet-stream"],
      },
    },
    async ({ params, query: { from, to, format } }, reply) => {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      if (!(toMs > fromMs) || toMs - fromMs > DAYS_MAX * DAY_MS) throw badRequest(`to: expected 1 to ${DAYS_MAX} days after from`);
      const dir = await mkdtemp(join(tmpdir(), "bellwether-export-"));
      const remove = () => rm(dir, { recursive: true, force: true });
      reply.raw.once("close", remove);
      try {
        const file = join(dir, `rows.${format}`);
        const rows = await exportTable(store, { table: params.table, fromMs, toMs, file, format: FORMATS[format] });
        const { size } = await stat(file);
        return await reply
          .type("application/octet-stream")
          .header("content-disposition", `attachment; filename="${params.table}-${from}-${to}.${format}"`)
          .header("content-length", size)
          .header("x-rows", rows)
          .send(createReadStream(file));
      } catch (error) {
        await remove();
        throw error;
      }
    },
  );
}
