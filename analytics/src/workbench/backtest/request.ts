import { ALERT_COOL_DOWN_DAYS } from "@bellwether/contracts/alertPolicy";
import { parseDocument } from "yaml";
import { z } from "zod";
import type { Read } from "../../rules/readRules.ts";
import type { BacktestRequest, CostProfile, ScoringPolicy } from "../types.ts";

/** methods: safety findings 0-30 days, others 3-90; a workshop's order arrives within a month. */
export const DEFAULT_POLICY: ScoringPolicy = {
  horizonDays: 90,
  leadMinDays: 0,
  labelDelayDays: 30,
  absence: "false",
  coolDownDays: ALERT_COOL_DOWN_DAYS,
  resamples: 1000,
  seed: 1,
};

/** Orders of magnitude of a battery fault on the road and a visit for nothing; every fleet has its own. */
export const DEFAULT_COST: CostProfile = { currency: "EUR", missedFault: 1500, foundFault: 600, falseAlert: 120, actionRate: 0.7 };

export const DEFAULT_LIMITS = { rowsMax: 2_000_000_000, secondsMax: 3600 } as const;

/** A request with everything that was not asked for at its default. */
export function backtestRequest({
  extra = {},
  ...needed
}: Pick<BacktestRequest, "ruleText" | "ruleFile" | "fromMs" | "toMs"> & { readonly extra?: Partial<BacktestRequest> }): BacktestRequest {
  return {
    vehicles: null,
    sampleShare: 1,
    labels: null,
    holdout: [],
    parameters: {},
    sweep: [],
    policy: DEFAULT_POLICY,
    cost: DEFAULT_COST,
    limits: DEFAULT_LIMITS,
    snapshot: null,
    ...needed,
    ...extra,
  };
}

const costSchema = z.strictObject({
  currency: z.string().min(1),
  missedFault: z.number().nonnegative(),
  foundFault: z.number().nonnegative(),
  falseAlert: z.number().nonnegative(),
  actionRate: z.number().min(0).max(1),
});

/** A cost profile from YAML text, or everything that is wrong with it. */
export function readCostProfile(text: string): Read<CostProfile> {
  const document = parseDocument(text);
  if (document.errors.length > 0) return { ok: false, problems: document.errors.map(({ message }) => `not YAML: ${message}`) };
  const parsed = costSchema.safeParse(document.toJS());
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`) };
}
