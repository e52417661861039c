import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { LANGUAGES } from "@bellwether/contracts/alert";
import { BellwetherError } from "@bellwether/contracts/errors";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { parse } from "yaml";
import { z } from "zod";

/** The plan of care as its file says it: seasons, long trips, and routine maintenance per model. */

const TITLE_CHARS = 60;
const BODY_CHARS = 400;

const words = z.strictObject({ title: z.string().min(3).max(TITLE_CHARS), body: z.string().min(10).max(BODY_CHARS) });
const textSchema = z.strictObject({ [LANGUAGES[0]]: words, [LANGUAGES[1]]: words });
export type CareText = z.infer<typeof textSchema>;

const monthDay = z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "expected MM-DD");

const itemSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]{1,40}$/),
    component: z.enum(COMPONENTS),
    everyKm: z.number().positive().nullable(),
    everyMonths: z.number().int().positive().nullable(),
    noticeKm: z.number().nonnegative(),
    noticeDays: z.number().int().nonnegative(),
    text: textSchema,
  })
  .refine(({ everyKm, everyMonths }) => everyKm !== null || everyMonths !== null, "needs everyKm or everyMonths")
  .refine(({ everyKm, noticeKm }) => everyKm === null || noticeKm < everyKm / 2, "noticeKm must be below half of everyKm");
export type MaintenanceItem = z.infer<typeof itemSchema>;

const carePlanSchema = z.strictObject({
  version: z.literal(1),
  winter: z.strictObject({
    from: monthDay,
    to: monthDay,
    coldC: z.number(),
    coldDays: z.number().int().positive(),
    coldRegions: z.array(z.string().min(1)),
    southernZones: z.array(z.string().min(1)),
    text: textSchema,
  }),
  longTrips: z.strictObject({
    noticeDays: z.number().int().positive().max(60),
    longDayKm: z.number().positive(),
    longDays: z.number().int().positive(),
    fastChargeShare: z.number().min(0).max(1),
    occasions: z.array(
      z.strictObject({ id: z.string().min(1), on: z.array(z.union([monthDay, z.iso.date()])).min(1), zones: z.array(z.string()) }),
    ),
    text: textSchema,
    fastChargeText: textSchema,
  }),
  maintenance: z.record(z.string(), z.array(itemSchema)).refine((models) => models["default"] !== undefined, "needs the list `default`"),
});
export type CarePlan = z.infer<typeof carePlanSchema>;

const DEFAULT_FILE = fileURLToPath(new URL("../../care/plan.yaml", import.meta.url));

/** Reads a plan of care, by default the one that ships. Throws `config_invalid` with every problem of the file. */
export async function loadCarePlan(file: string = DEFAULT_FILE): Promise<CarePlan> {
  const fail = (problem: string, cause?: unknown) =>
    new BellwetherError("config_invalid", `expected a plan of care in ${file}: ${problem}`, { retryable: false, cause });
  const content = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fail("cannot read it", cause);
  });
  return readCarePlan(content, fail);
}

function readCarePlan(content: string, fail: (problem: string, cause?: unknown) => BellwetherError): CarePlan {
  let raw: unknown;
  try {
    raw = parse(content);
  } catch (cause) {
    throw fail("not YAML", cause);
  }
  const plan = carePlanSchema.safeParse(raw);
  if (plan.success) return plan.data;
  throw fail(plan.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"));
}

/** The items of a model: its own list, else the default one. */
export function itemsFor(plan: CarePlan, model: string): readonly MaintenanceItem[] {
  return plan.maintenance[model] ?? plan.maintenance["default"] ?? [];
}
