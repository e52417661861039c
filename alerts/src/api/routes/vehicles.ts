import { SEVERITIES, type Severity } from "@bellwether/contracts/finding";
import { isSignalName, type SignalName, signalDefinition } from "@bellwether/contracts/signals";
import { parseVin } from "@bellwether/contracts/vin";
import { z } from "zod";
import { readAs, requireVehicle } from "../access.ts";
import { listAlerts, listTroubled } from "../alertReads.ts";
import { readCellMap } from "../cellMap.ts";
import { type ApiApp, type ApiDeps, callerOf, decodeCursor, pageQuery, toPage } from "../context.ts";
import { readEvaluation } from "../evaluationRead.ts";
import { listFindings, listVehicles, readHealth, readLatest, readProfile, readSignals, readSpan, readVehicleRows } from "../fleetReads.ts";
import { readForecast } from "../forecastRead.ts";
import { badRequest, notFound } from "../problems.ts";
import { cellMapSchema, signalSeriesSchema, vehicleDetailSchema, vehiclePageSchema } from "../schemas.ts";

/** The VIN of a path. */
export const vinParams = z.object({
  vin: z.string().transform((text, context) => {
    const vin = parseVin(text);
    if (vin !== null) return vin;
    context.addIssue({ code: "custom", message: "expected a VIN or another identifier of 1 to 32 letters, digits, _ or -" });
    return z.NEVER;
  }),
});

const signalsQuery = z.object({
  names: z.string().max(500).describe("up to 8 catalogue names, comma-separated"),
  from: z.iso.datetime().optional().describe("default: seven days before `to`"),
  to: z.iso.datetime().optional().describe("default: the vehicle's last report"),
  points: z.coerce.number().int().min(2).max(2000).default(500),
});

const DAY_MS = 86_400_000;
const SIGNALS_MAX = 8;
const SPAN_MS_MAX = 3660 * DAY_MS;

export function vehicleRoutes(app: ApiApp, deps: ApiDeps): void {
  app.get(
    "/v1/vehicles",
    {
      schema: {
        summary: "Vehicles, those in trouble first",
        tags: ["vehicles"],
        querystring: pageQuery.extend({ search: z.string().max(32).optional().describe("part of the VIN") }),
        response: { 200: vehiclePageSchema },
      },
    },
    async (request) => listPage(deps, callerOf(request), request.query),
  );
  app.get(
    "/v1/vehicles/:vin",
    {
      schema: {
        summary: "One vehicle: profile, latest readings, health trend, what could not be judged and why, findings, alerts",
        tags: ["vehicles"],
        params: vinParams,
        response: { 200: vehicleDetailSchema },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      await requireVehicle(deps.db, caller, request.params.vin);
      return readDetail(deps, caller, request.params.vin);
    },
  );
  app.get(
    "/v1/vehicles/:vin/cells",
    {
      schema: {
        summary: "Cell heat map: each cell's deviation from the pack's median per day, in mV",
        tags: ["vehicles"],
        params: vinParams,
        querystring: z.object({ days: z.coerce.number().int().min(1).max(400).default(90) }),
        response: { 200: cellMapSchema },
      },
    },
    async (request) => {
      await requireVehicle(deps.db, callerOf(request), request.params.vin);
      return readCellMap(deps.store, request.params.vin, request.query.days);
    },
  );
  app.get(
    "/v1/vehicles/:vin/signals",
    {
      schema: {
        summary: "Signals over time, as mean, least and greatest value per bucket",
        tags: ["vehicles"],
        params: vinParams,
        querystring: signalsQuery,
        response: { 200: signalSeriesSchema },
      },
    },
    async (request) => {
      await requireVehicle(deps.db, callerOf(request), request.params.vin);
      return readSeries(deps, request.params.vin, request.query);
    },
  );
}

type Caller = ReturnType<typeof callerOf>;

interface Listed {
  readonly vin: string;
  readonly lastSeenAt: string;
  readonly openAlerts: number;
  readonly worstSeverity: Severity | null;
}

/** The whole list is ordered here: alerts live in PostgreSQL and vehicles in ClickHouse. */
async function listPage({ store, db }: ApiDeps, caller: Caller, query: z.infer<typeof pageQuery> & { search?: string | undefined }) {
  const after = decodeCursor(query.cursor, 2);
  const [vehicles, troubled] = await Promise.all([listVehicles(store), readAs(db, caller, listTroubled)]);
  const trouble = new Map(troubled.map((row) => [row.vin, row]));
  const search = query.search?.trim().toUpperCase() ?? "";
  const matching = vehicles
    .filter(({ vin }) => vin.includes(search))
    .map((row): Listed => ({ ...row, openAlerts: trouble.get(row.vin)?.alerts ?? 0, worstSeverity: trouble.get(row.vin)?.worst ?? null }))
    .sort((a, b) => compare(positionOf(a), positionOf(b)));
  const rest = after === null ? matching : matching.filter((row) => compare(positionOf(row), after) > 0);
  const page = toPage(rest.slice(0, query.limit + 1), query.limit, positionOf);
  return { ...page, items: await withReadings(store, page.items), total: matching.length };
}

/** Sort key: most urgent first, then by VIN. */
function positionOf({ worstSeverity, vin }: Listed): readonly string[] {
  return [worstSeverity === null ? "9" : String(SEVERITIES.length - SEVERITIES.indexOf(worstSeverity)), vin];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const [first, second] = [a.join("\0"), b.join("\0")];
  return first < second ? -1 : first > second ? 1 : 0;
}

async function withReadings(store: ApiDeps["store"], page: readonly Listed[]) {
  if (page.length === 0) return [];
  const oldestMs = Math.min(...page.map(({ lastSeenAt }) => Date.parse(lastSeenAt)));
  const vins = page.map(({ vin }) => vin);
  const { readings, health, profiles } = await readVehicleRows(store, vins, oldestMs - 30 * DAY_MS);
  return page.map((row) => ({
    ...row,
    model: profiles.get(row.vin)?.model ?? "",
    socPct: readings.get(row.vin)?.socPct ?? null,
    odometerKm: readings.get(row.vin)?.odometerKm ?? null,
    sohPct: health.get(row.vin)?.sohPct ?? null,
    sohLowPct: health.get(row.vin)?.sohLowPct ?? null,
    sohHighPct: health.get(row.vin)?.sohHighPct ?? null,
  }));
}

async function readDetail({ store, db }: ApiDeps, caller: Caller, vin: string) {
  const [span, profile] = await Promise.all([readSpan(store, vin), readProfile(store, vin)]);
  if (span.lastSeenAt === null && profile === null) throw notFound(`vehicle ${vin}`);
  const [latest, health, forecast, evaluation, findings, alerts] = await Promise.all([
    span.lastSeenAt === null ? null : readLatest(store, vin, span.lastSeenAt),
    readHealth(store, vin),
    readForecast(store, vin),
    span.lastSeenAt === null ? { notEvaluated: [], weeks: [] } : readEvaluation(store, vin, span.lastSeenAt),
    listFindings(store, { vin, limit: 100 }),
    readAs(db, caller, (tx) => listAlerts(tx, { vin, limit: 100 })),
  ]);
  return { vin, ...span, profile, latest, health, forecast, evaluation, findings: [...findings], alerts };
}

async function readSeries({ store }: ApiDeps, vin: string, query: z.infer<typeof signalsQuery>) {
  const names = parseSignalNames(query.names);
  const toMs = query.to === undefined ? await endOf(store, vin) : Date.parse(query.to);
  const fromMs = query.from === undefined ? toMs - 7 * DAY_MS : Date.parse(query.from);
  if (fromMs >= toMs || toMs - fromMs > SPAN_MS_MAX) throw badRequest("from, to: expected `from` before `to` and at most ten years apart");
  const bucketMs = Math.max(1000, Math.ceil((toMs - fromMs) / query.points));
  const series = await readSignals(store, { vin, names, fromMs, toMs, bucketMs });
  return { vin, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), bucketMs, ...series };
}

/** One millisecond after the vehicle's last report, so that the report is inside; the epoch for a vehicle without one. */
async function endOf(store: ApiDeps["store"], vin: string): Promise<number> {
  const { lastSeenAt } = await readSpan(store, vin);
  return lastSeenAt === null ? 0 : Date.parse(lastSeenAt) + 1;
}

/** Numeric catalogue signals out of a comma-separated list; throws a 400 problem for others. */
export function parseSignalNames(text: string): readonly SignalName[] {
  const names = text.split(",").map((name) => name.trim());
  const known = names.filter(isSignalName).filter((name) => !["enum", "float32[]"].includes(signalDefinition(name).kind));
  if (known.length === names.length && names.length <= SIGNALS_MAX) return known;
  throw badRequest(`names: expected up to ${SIGNALS_MAX} numeric signals of the catalogue, separated by commas`);
}
