import { readFile } from "node:fs/promises";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import {
  backtestRequest,
  DEFAULT_COST,
  DEFAULT_LIMITS,
  DEFAULT_POLICY,
  readCostProfile,
} from "@bellwether/analytics/workbench/backtest/request";
import { readLabelsCsv } from "@bellwether/analytics/workbench/labels/labelsFile";
import type { RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import type { BacktestRequest, CostProfile, GroundTruth, SweepAxis } from "@bellwether/analytics/workbench/types";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { day } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import type { Session } from "../session.ts";

const number = (what: string) => z.coerce.number().meta({ expected: what });
const count = (what: string) => z.coerce.number().int().positive().meta({ expected: what });

/** What `backtest` and `compare` both take. */
const scopeSchema = z.object({
  from: day(),
  to: day(),
  vehicles: z.string().optional().meta({ expected: "VINs separated by commas" }),
  sample: number("a share of the vehicles, 0 to 1").default(1),
  labels: z.string().optional().meta({ expected: "a CSV file with vin, component, outcome, at" }),
  holdout: z.string().optional().meta({ expected: "a file with one VIN per line" }),
  cost: z.string().optional().meta({ expected: "a YAML file with currency, missedFault, foundFault, falseAlert, actionRate" }),
  horizon: number("days").default(DEFAULT_POLICY.horizonDays),
  leadMin: number("days").default(DEFAULT_POLICY.leadMinDays),
  labelDelay: number("days").default(DEFAULT_POLICY.labelDelayDays),
  absence: z.enum(["false", "unknown"]).default(DEFAULT_POLICY.absence),
  coolDown: number("days").default(DEFAULT_POLICY.coolDownDays),
  maxRows: count("a number of reports").default(DEFAULT_LIMITS.rowsMax),
  maxSeconds: count("seconds").default(DEFAULT_LIMITS.secondsMax),
  seed: count("a whole number").default(DEFAULT_POLICY.seed),
  snapshot: z.string().optional().meta({ expected: "the JSON of an earlier run" }),
  report: z.string().optional().meta({ expected: "an HTML file to write" }),
  actor: z.string().default("command line"),
});
export type Scope = z.infer<typeof scopeSchema>;

/** Adds the options of `scopeSchema`. */
export function withScope(command: Command): Command {
  return command
    .option("--from <day>", "first day (UTC); needed")
    .option("--to <day>", "day after the last one (UTC); needed")
    .option("--vehicles <vins>", "only these, separated by commas")
    .option("--sample <share>", "only this share of the vehicles, 0 to 1, always the same ones")
    .option("--labels <file>", "CSV of what workshops found: vin, component, outcome, at (default: table labels)")
    .option("--holdout <file>", "VINs of the control group, one per line")
    .option("--cost <file>", "YAML: currency, missedFault, foundFault, falseAlert, actionRate")
    .option("--horizon <days>", "a fault this long after a firing still counts for it")
    .option("--lead-min <days>", "a firing less than this before the fault is of no use")
    .option("--label-delay <days>", "how long a repair order may take to arrive")
    .option("--absence <verdict>", "what a firing without any outcome is: false or unknown")
    .option("--cool-down <days>", "a firing this soon after the one before is no new alert for the owner")
    .option("--max-rows <reports>", "refuse before starting when more would be read")
    .option("--max-seconds <s>", "refuse before starting when it would take longer")
    .option("--snapshot <file>", "see only what an earlier run saw: a file with what it printed with --json")
    .option("--seed <n>", "of the intervals")
    .option("--actor <name>", "who is named where something is written")
    .option("--report <file>", "write one HTML file with plots");
}

export function readScope(command: Command): Scope {
  return readOptions(command, scopeSchema);
}

/** The request for one rule over the scope; rows of the label file that cannot be used go to standard error. */
export async function requestOf(
  { text, file }: Pick<RuleFileOnDisk, "text" | "file">,
  scope: Scope,
  extra: Pick<Partial<BacktestRequest>, "sweep" | "parameters"> = {},
): Promise<BacktestRequest> {
  const { horizon, leadMin, labelDelay, absence, coolDown, seed } = scope;
  const days = { horizonDays: horizon, leadMinDays: leadMin, labelDelayDays: labelDelay, coolDownDays: coolDown };
  return backtestRequest({
    ruleText: text,
    ruleFile: file,
    fromMs: Date.parse(scope.from),
    toMs: Date.parse(scope.to),
    extra: {
      ...extra,
      vehicles: scope.vehicles === undefined ? null : scope.vehicles.split(",").map((vin) => vin.trim()),
      sampleShare: scope.sample,
      labels: scope.labels === undefined ? null : await readLabels(scope.labels),
      holdout: scope.holdout === undefined ? [] : (await readText(scope.holdout)).split(/\s+/).filter((vin) => vin !== ""),
      cost: scope.cost === undefined ? DEFAULT_COST : await readCost(scope.cost),
      policy: { ...DEFAULT_POLICY, ...days, absence, seed },
      limits: { rowsMax: scope.maxRows, secondsMax: scope.maxSeconds },
      snapshot: scope.snapshot === undefined ? null : await readSnapshot(scope.snapshot),
    },
  });
}

async function readLabels(path: string): Promise<readonly GroundTruth[]> {
  const { labels, problems } = readLabelsCsv(await readText(path), { nowMs: Date.now() });
  for (const problem of problems) process.stderr.write(`${path}, ${problem}\n`);
  return labels;
}

const snapshotSchema = z.array(z.object({ topic: z.string(), partition: z.number(), maxOffset: z.number() }));
/** A report of `backtest` or of `compare`, whose two runs saw the same. */
const earlierSchema = z.union([
  z.object({ provenance: z.object({ snapshot: snapshotSchema }) }),
  z.object({ a: z.object({ provenance: z.object({ snapshot: snapshotSchema }) }) }),
]);

async function readSnapshot(path: string): Promise<z.infer<typeof snapshotSchema>> {
  const earlier = z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "not JSON" });
        return z.NEVER;
      }
    })
    .pipe(earlierSchema)
    .safeParse(await readText(path));
  if (!earlier.success) {
    throw new BellwetherError("config_invalid", `--snapshot: expected what an earlier run printed with --json, got ${path}`, {
      retryable: false,
    });
  }
  return ("a" in earlier.data ? earlier.data.a : earlier.data).provenance.snapshot;
}

async function readCost(path: string): Promise<CostProfile> {
  const read = readCostProfile(await readText(path));
  if (read.ok) return read.value;
  throw new BellwetherError("config_invalid", `${path}: ${read.problems.join("; ")}`, { retryable: false });
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `cannot read ${path}`, { retryable: false, cause });
  });
}

/** `limit_v=2.4:2.9:1000` or `limit_v=2.4,2.5,2.6`. */
export function parseAxis(text: string): SweepAxis {
  const [parameter = "", spec = ""] = text.split("=");
  const [from, to, steps] = spec.split(":").map(Number);
  if (parameter !== "" && from !== undefined && to !== undefined && steps !== undefined && steps >= 2) {
    const step = (to - from) / (steps - 1);
    return { parameter, values: Array.from({ length: steps }, (_, i) => Number((from + i * step).toPrecision(12))) };
  }
  const values = spec.split(",").map(Number);
  if (parameter === "" || spec === "" || values.some(Number.isNaN)) {
    throw new BellwetherError("config_invalid", `--sweep: expected name=from:to:count or name=a,b,c, got ${text}`, { retryable: false });
  }
  return { parameter, values };
}

/** `limit_v=2.6` for each. */
export function parseParameters(settings: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    settings.map((setting) => {
      const [name = "", value = ""] = setting.split("=");
      if (value.trim() === "" || Number.isNaN(Number(value))) {
        throw new BellwetherError("config_invalid", `--set: expected name=number, got ${setting}`, { retryable: false });
      }
      return [name, Number(value)];
    }),
  );
}

/** Where rules are read and written. */
export function rulesDir({ config }: Session): string {
  return config.analyticsRulesDir ?? DEFAULT_RULES_DIR;
}
