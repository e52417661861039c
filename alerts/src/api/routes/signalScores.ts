import { ALARM_SCORE, createSeriesScorer } from "@bellwether/analytics/stream/seriesScorer";
import { signalDefinition } from "@bellwether/contracts/signals";
import { z } from "zod";
import { requireVehicle } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { readSignals, readSpan } from "../fleetReads.ts";
import { badRequest } from "../problems.ts";
import { parseSignalNames, vinParams } from "./vehicles.ts";

const HOUR_MS = 3_600_000;
/** Scoring costs about 30 microseconds a value: half a second at most. */
const POINTS_MAX = 20_000;

const scoresSchema = z.object({
  vin: z.string(),
  signal: z.string(),
  unit: z.string(),
  bucketMs: z.number(),
  alarmScore: z.number().describe("scores at or above this are alarms"),
  at: z.array(z.number()).describe("starts of the buckets with a report, ms since 1970 UTC"),
  values: z.array(z.number()).describe("mean of the bucket"),
  scores: z.array(z.number()).describe("0..1: how unlike the signal's own past this is"),
  alarms: z.array(z.iso.datetime()),
});

const scoresQuery = z.object({
  name: z.string().max(64).describe("a numeric catalogue signal"),
  from: z.iso.datetime().optional().describe("default: the vehicle's first report"),
  to: z.iso.datetime().optional().describe("default: its last report"),
  bucketMinutes: z.coerce.number().int().min(1).max(1440).default(60),
});

/**
 * For signals nobody wrote a detector for: the general scorer over one signal's history, for analysts. It is no finding and never
 * reaches an owner.
 */
export function signalScoreRoutes(app: ApiApp, deps: ApiDeps): void {
  app.get(
    "/v1/vehicles/:vin/scores",
    {
      schema: {
        summary: "How unlike its own past a signal is over time, with constant memory and one setting for every signal",
        tags: ["vehicles"],
        params: vinParams,
        querystring: scoresQuery,
        response: { 200: scoresSchema },
      },
    },
    async (request) => {
      await requireVehicle(deps.db, callerOf(request), request.params.vin);
      return readScores(deps, request.params.vin, request.query);
    },
  );
}

async function readScores({ store }: ApiDeps, vin: string, query: z.infer<typeof scoresQuery>) {
  const [name] = parseSignalNames(query.name);
  if (name === undefined) throw badRequest("name: expected one numeric signal of the catalogue");
  const span = await readSpan(store, vin);
  const bucketMs = query.bucketMinutes * (HOUR_MS / 60);
  const fromMs = startOfBucket(Date.parse(query.from ?? span.firstSeenAt ?? "1970-01-01T00:00:00Z"), bucketMs);
  const toMs = query.to === undefined ? Date.parse(span.lastSeenAt ?? "1970-01-01T00:00:00Z") + 1 : Date.parse(query.to);
  if ((toMs - fromMs) / bucketMs > POINTS_MAX) throw badRequest(`from, to: expected at most ${POINTS_MAX} buckets; take longer ones`);
  const { at, series } = await readSignals(store, { vin, names: [name], fromMs, toMs, bucketMs });
  const means = series[0]?.mean ?? [];
  const known = at.flatMap((atMs, i) => (means[i] == null ? [] : [{ atMs, value: means[i] }]));
  const score = createSeriesScorer();
  const scores = known.map(({ value }) => score(value));
  return {
    vin,
    signal: name,
    unit: signalDefinition(name).unit,
    bucketMs,
    alarmScore: ALARM_SCORE,
    at: known.map(({ atMs }) => atMs),
    values: known.map(({ value }) => value),
    scores,
    alarms: known.flatMap(({ atMs }, i) => ((scores[i] ?? 0) >= ALARM_SCORE ? [new Date(atMs).toISOString()] : [])),
  };
}

function startOfBucket(atMs: number, bucketMs: number): number {
  return Math.floor(atMs / bucketMs) * bucketMs;
}
