import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import { z } from "zod";
import { type ApiApp, type ApiDeps, decodeCursor, pageQuery, toPage } from "../context.ts";

/** What holds for many vehicles at once: rates that rise, and causes several findings have in common. */

const rates = TABLES.fleet_rates.shape;
const rateSchema = z.object({
  week: rates.week,
  kind: rates.kind,
  family: rates.family,
  model: rates.model,
  region: rates.region.describe("'' for all regions of the model together"),
  events: rates.events,
  vehicleWeeks: rates.vehicle_weeks,
  expected: rates.expected,
  state: rates.state,
  ratio: rates.ratio.describe("events / expected since the rise began"),
  ratioLow: rates.ratio_low,
  ratioHigh: rates.ratio_high,
  raisedSince: rates.raised_since,
  parts: rates.parts.describe("names, or the id of a component as the family of parts"),
  partsZh: rates.parts_zh,
  quantityLow: rates.quantity_low,
  quantity: rates.quantity.describe("of each part over the supplier's lead time; null where no part is named"),
  quantityHigh: rates.quantity_high,
});
const ratePageSchema = z.object({ items: z.array(rateSchema), nextCursor: z.string().nullable() });

const findings = TABLES.fleet_findings.shape;
const fleetFindingSchema = z.object({
  id: findings.id,
  day: findings.day,
  kind: findings.kind,
  sourceId: findings.source_id,
  groupKind: findings.group_kind,
  groupName: findings.group_name,
  vehicles: findings.vehicles,
  expected: findings.expected,
  groupSize: findings.group_size,
  pValue: findings.p_value,
  vins: findings.vins,
  sentence: findings.sentence,
  sentenceZh: findings.sentence_zh,
});
const fleetFindingPageSchema = z.object({ items: z.array(fleetFindingSchema), nextCursor: z.string().nullable() });

const sets = TABLES.code_sets.shape;
const codeSetSchema = z.object({
  week: sets.week,
  codes: sets.codes,
  component: sets.component,
  horizonDays: sets.horizon_days,
  occurrences: sets.occurrences,
  followed: sets.followed,
  precision: sets.precision,
  low90: sets.low90,
  high90: sets.high90,
  lift: sets.lift,
  liftLow: sets.lift_low,
  leadDays: sets.lead_days,
});
const codeSetPageSchema = z.object({ items: z.array(codeSetSchema), nextCursor: z.null() });
const CODE_SETS_MAX = 500;

const lives = TABLES.part_lives.shape;
const partLifeSchema = z.object({
  week: lives.week,
  model: lives.model,
  component: lives.component,
  vehicles: lives.vehicles,
  failures: lives.failures.describe("vehicles repaired; the others count as lasting at least so long"),
  shape: lives.shape.describe("Weibull by age: above 1 wear-out, below 1 early failures; null where repairs are too few"),
  scaleMonths: lives.scale_months,
  b10Months: lives.b10_months.describe("age by which 10 % have failed, with its 80 % interval"),
  b10Low: lives.b10_low,
  b10High: lives.b10_high,
  shapeKm: lives.shape_km,
  b10Km: lives.b10_km,
  b10KmLow: lives.b10_km_low,
  b10KmHigh: lives.b10_km_high,
  growth: lives.growth.describe("Crow-AMSAA over vehicle-weeks: below 1 repairs become rarer"),
  growthLow: lives.growth_low,
  growthHigh: lives.growth_high,
  growthTrend: lives.growth_trend,
  leadWeeks: lives.lead_weeks,
  quantityLow: lives.quantity_low,
  quantity: lives.quantity.describe("parts the vehicles not yet repaired will ask for over the lead time"),
  quantityHigh: lives.quantity_high,
});
const partLifePageSchema = z.object({ items: z.array(partLifeSchema), nextCursor: z.null() });
const PART_LIVES_MAX = 500;

const rateQuery = pageQuery.extend({
  state: rates.state.optional().describe("default: all"),
  model: z.string().max(64).optional(),
});

export function fleetWatchRoutes(app: ApiApp, { store }: ApiDeps): void {
  app.get(
    "/v1/fleet/rates",
    {
      schema: {
        summary: "How often codes and findings begin, in the newest week of each, with the parts a rise asks for",
        tags: ["fleet"],
        querystring: rateQuery,
        response: { 200: ratePageSchema },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const rows = await listRates(store, { ...filter, after: decodeCursor(cursor, 4), limit: limit + 1 });
      return toPage(rows, limit, (row) => [row.kind, row.family, row.model, row.region]);
    },
  );
  app.get(
    "/v1/fleet/code-sets",
    {
      schema: {
        summary: `Which trouble codes have preceded repairs, as of the newest week: the ${CODE_SETS_MAX} strongest`,
        tags: ["fleet"],
        response: { 200: codeSetPageSchema },
      },
    },
    async () => ({ items: [...(await listCodeSets(store))], nextCursor: null }),
  );
  app.get(
    "/v1/fleet/part-lives",
    {
      schema: {
        summary: `How long components last per model, as of the newest week: the ${PART_LIVES_MAX} with most repairs`,
        tags: ["fleet"],
        response: { 200: partLifePageSchema },
      },
    },
    async () => ({ items: [...(await listPartLives(store))], nextCursor: null }),
  );
  app.get(
    "/v1/fleet/findings",
    {
      schema: {
        summary: "Findings about groups of vehicles, newest first",
        tags: ["fleet"],
        querystring: pageQuery.extend({
          kind: z.string().max(40).optional().describe("common-cause, charging-station, unit or peer-outliers"),
        }),
        response: { 200: fleetFindingPageSchema },
      },
    },
    async ({ query: { cursor, limit, kind } }) => {
      const rows = await listFleetFindings(store, { kind, after: decodeCursor(cursor, 2), limit: limit + 1 });
      return toPage(rows, limit, (row) => [row.day, row.id]);
    },
  );
}

interface RateFilter {
  readonly state?: string | undefined;
  readonly model?: string | undefined;
  readonly after: readonly string[] | null;
  readonly limit: number;
}

function listRates(store: ColumnStore, { state = "", model = "", after, limit }: RateFilter) {
  const [kind = "", family = "", afterModel = "", region = ""] = after ?? [];
  // FINAL: a week judged again after a restart replaces its rows; the table has one row per family, place and week.
  return store.query(
    `SELECT week, kind, family, model, region, events, vehicle_weeks AS vehicleWeeks, expected, state, ratio, ratio_low AS ratioLow,
       ratio_high AS ratioHigh, raised_since AS raisedSince, parts, parts_zh AS partsZh, quantity_low AS quantityLow, quantity, quantity_high AS quantityHigh
     FROM (SELECT * FROM fleet_rates FINAL ORDER BY week DESC LIMIT 1 BY kind, family, model, region)
     WHERE ({state: String} = '' OR toString(state) = {state: String}) AND ({model: String} = '' OR model = {model: String})
       AND ({isFirst: Bool} OR (toString(kind), family, model, region) > ({kind: String}, {family: String}, {afterModel: String}, {region: String}))
     ORDER BY toString(kind), family, model, region LIMIT {limit: UInt32}`,
    rateSchema,
    { params: { state, model, isFirst: after === null, kind, family, afterModel, region, limit } },
  );
}

interface FindingFilter {
  readonly kind?: string | undefined;
  readonly after: readonly string[] | null;
  readonly limit: number;
}

function listFleetFindings(store: ColumnStore, { kind = "", after, limit }: FindingFilter) {
  const [day = "2100-01-01", id = ""] = after ?? [];
  return store.query(
    `SELECT id, day, kind, source_id AS sourceId, group_kind AS groupKind, group_name AS groupName, vehicles, expected,
       group_size AS groupSize, p_value AS pValue, vins, sentence, sentence_zh AS sentenceZh
     FROM fleet_findings FINAL WHERE (fleet_findings.day, fleet_findings.id) < ({day: Date}, {id: String})
       AND ({kind: String} = '' OR toString(fleet_findings.kind) = {kind: String})
     ORDER BY fleet_findings.day DESC, fleet_findings.id DESC LIMIT {limit: UInt32}`,
    fleetFindingSchema,
    { params: { day, id, kind, limit } },
  );
}

function listCodeSets(store: ColumnStore) {
  return store.query(
    `SELECT week, codes, component, horizon_days AS horizonDays, occurrences, followed, precision, low90, high90, lift,
       lift_low AS liftLow, lead_days AS leadDays
     FROM code_sets FINAL WHERE week = (SELECT max(week) FROM code_sets) ORDER BY lift_low DESC, codes, component LIMIT ${CODE_SETS_MAX}`,
    codeSetSchema,
  );
}

function listPartLives(store: ColumnStore) {
  // FINAL: a week learnt again after a restart replaces its rows.
  return store.query(
    `SELECT week, model, component, vehicles, failures, shape, scale_months AS scaleMonths, b10_months AS b10Months, b10_low AS b10Low,
       b10_high AS b10High, shape_km AS shapeKm, b10_km AS b10Km, b10_km_low AS b10KmLow, b10_km_high AS b10KmHigh, growth,
       growth_low AS growthLow, growth_high AS growthHigh, growth_trend AS growthTrend, lead_weeks AS leadWeeks,
       quantity_low AS quantityLow, quantity, quantity_high AS quantityHigh
     FROM part_lives FINAL WHERE week = (SELECT max(week) FROM part_lives) ORDER BY failures DESC, model, component LIMIT ${PART_LIVES_MAX}`,
    partLifeSchema,
  );
}
