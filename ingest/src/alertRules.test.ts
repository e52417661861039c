import { readFileSync } from "node:fs";
import { createMetrics } from "@bellwether/runtime/metrics";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { createAccountGauges } from "./housekeeping.ts";
import { createMeters } from "./meters/meters.ts";

const RULES = new URL("../../infra/deploy/prometheus/bellwether.rules.yaml", import.meta.url);
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Bellwether[A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.object({ severity: z.enum(["info", "warning", "critical"]) }),
          annotations: z.object({ summary: z.string(), action: z.string() }),
        }),
      ),
    }),
  ),
});

it("names only metrics that ingest exports, and each alert once", () => {
  const metrics = createMetrics();
  createMeters(metrics, { drainBudgetMs: 1 });
  createAccountGauges(metrics);
  const exported = new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
  const rules = rulesSchema.parse(parse(readFileSync(RULES, "utf8"))).groups.flatMap((group) => group.rules);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, expr } of rules) {
    const names = expr.match(/bellwether_\w+/g) ?? [];
    expect(names.length, alert).toBeGreaterThan(0);
    for (const name of names) expect(exported, alert).toContain(name.replace(/_(bucket|sum|count)$/, ""));
  }
});
