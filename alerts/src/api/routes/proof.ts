import { z } from "zod";
import { PROOF_VERDICTS, proofOf } from "../../proof/report.ts";
import { type RuleArm, readArms } from "../../proof/trialStore.ts";
import type { ArmSums } from "../../proof/uplift.ts";
import type { ApiApp, ApiDeps } from "../context.ts";

const count = z.number().int().nonnegative();
const armSchema = z.object({ vehicles: count, reports: count, reportsSquared: count, converted: count });
const measureSchema = z.object({
  verdict: z.enum(PROOF_VERDICTS),
  /** Told over held, with its 95 % interval. */
  ratio: z.object({ ratio: z.number(), low: z.number(), high: z.number() }).nullable(),
  vehiclesNeeded: count.nullable(),
});
const proofSchema = z.object({
  windowDays: count,
  rules: z.array(
    z.object({
      ruleId: z.string(),
      ruleVersion: count,
      slice: z.string().describe("dealer or channel; empty: not known, or not cut"),
      told: armSchema,
      held: armSchema,
      reports: measureSchema,
      conversion: measureSchema,
    }),
  ),
});

/** What telling changed. */
export function proofRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/proof",
    {
      schema: {
        summary: "What telling owners changed, per rule version: fault reports and maintenance visits against the comparison group",
        tags: ["proof"],
        querystring: z.object({
          windowDays: z.coerce.number().int().min(1).max(366).default(60),
          by: z.enum(["rule", "dealer", "channel"]).default("rule").describe("cut each rule's numbers by the owner's dealer or channel"),
        }),
        response: { 200: proofSchema },
      },
    },
    async (request) => {
      const { windowDays, by } = request.query;
      // Sums only; an owner's dealer and channel are no part of what a role may read row by row.
      const arms = await readArms(db, { windowDays, nowMs: now(), by });
      return { windowDays, rules: rulesOf(arms) };
    },
  );
}

const EMPTY: ArmSums = { vehicles: 0, reports: 0, reportsSquared: 0, converted: 0 };

function rulesOf(arms: readonly RuleArm[]) {
  const names = [...new Set(arms.map(({ ruleId, ruleVersion, slice }) => JSON.stringify([ruleId, ruleVersion, slice])))];
  return names.flatMap((name) => {
    const own = arms.filter(({ ruleId, ruleVersion, slice }) => JSON.stringify([ruleId, ruleVersion, slice]) === name);
    const [first] = own;
    if (first === undefined) return [];
    const told = own.find(({ arm }) => arm === "told") ?? EMPTY;
    const held = own.find(({ arm }) => arm === "held") ?? EMPTY;
    return [{ ruleId: first.ruleId, ruleVersion: first.ruleVersion, slice: first.slice, told, held, ...proofOf({ told, held }) }];
  });
}
