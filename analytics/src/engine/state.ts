import { createHash } from "node:crypto";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { COMPONENTS, SEVERITIES } from "@bellwether/contracts/finding";
import { z } from "zod";
import { HEALTH_CAUSES, HEALTH_VERSION } from "../soh/healthTrack.ts";
import type { Cursor } from "./landed.ts";

/** Everything analytics must remember to go on exactly where it stopped; rows of table `engine_state`. */

const openEpisode = z.object({
  startMs: z.number(),
  knownMs: z.number(),
  lastFiringMs: z.number(),
  samples: z.number(),
  clearSinceMs: z.number().nullable(),
});
const episode = z.object({
  pending: z.object({ sinceMs: z.number(), samples: z.number(), recent: z.number().optional() }).nullable(),
  open: openEpisode.nullable(),
  lastKnownMs: z.number(),
});
const snapshot = z.object({
  /** Rules have seen this vehicle's rows up to here (event time, inclusive). */
  watermarkMs: z.number(),
  /** By rule id; an absent rule is quiet. */
  rules: z.record(z.string(), episode),
  /** Per open day: rows judged, and per rule those that could not be. */
  tally: z.record(z.string(), z.object({ rows: z.number(), unknown: z.record(z.string(), z.number()) })),
});
/** Where the rules stand for a vehicle at a time; small, because quiet rules are absent. */
export type RuleSnapshot = z.infer<typeof snapshot>;

const published = z.object({
  ruleId: z.string(),
  startMs: z.number(),
  knownMs: z.number(),
  seenMs: z.number(),
  /** How the rule stood when it was said. */
  stage: z.enum(["live", "shadow"]).default("live"),
});
const detection = z.object({
  findingId: z.string(),
  sourceId: z.string(),
  component: z.enum(COMPONENTS),
  cell: z.number().nullable(),
  severity: z.enum(SEVERITIES),
  /** Start of the evidence it was opened with, when it was first known, and the last data that showed it. */
  fromMs: z.number(),
  knownMs: z.number(),
  seenMs: z.number(),
  /** Last day on which the detector still said so, and last day it was published. */
  seenDay: z.string(),
  publishedDay: z.string(),
  /** Id of the fleet finding that explains it (`stages/commonCause.ts`). */
  commonCause: z.string().nullable().default(null),
  /** How its source stood when it opened: a shadow one is on record and told to nobody. */
  stage: z.enum(["live", "shadow"]).default("live"),
});
export type DetectionState = z.infer<typeof detection>;

const health = z.object({
  track: z.object({
    levelPct: z.number(),
    slopePctPerWeek: z.number(),
    levelVariance: z.number(),
    covariance: z.number(),
    slopeVariance: z.number(),
    shownPct: z.number(),
    shownSdPct: z.number(),
    cause: z.enum(HEALTH_CAUSES).nullable(),
    surprises: z.number(),
  }),
  /** Day of the last reading, and what 100 % was then, Ah. */
  day: z.string(),
  referenceAh: z.number(),
  referenceSource: z.string(),
  /** Day of the last reading from full evidence; empty: never. */
  fullDay: z.string(),
  /** Of the method that made the track. */
  version: z.number(),
  /** Shown values about four weeks apart, oldest first. */
  history: z.array(z.object({ day: z.string(), sohPct: z.number() })),
});
/** Where the health of a vehicle's battery stands. */
export type HealthState = z.infer<typeof health>;

const vehicle = z.object({
  snapshot,
  /** Older snapshots, oldest first, from which a late row makes the rules start again. */
  checkpoints: z.array(snapshot),
  /** The same for rules over other lines than reports, by table and part (`outside_scores/my-model`). */
  lanes: z.record(z.string(), z.object({ snapshot, checkpoints: z.array(snapshot) })).default({}),
  /** Open findings of rules by finding id, for bounded publishing. */
  published: z.record(z.string(), published),
  detections: z.array(detection),
  /** Latest event time landed. */
  latestMs: z.number(),
  /** When rows last landed, by the clock. */
  landedAtMs: z.number(),
  openDays: z.array(z.string()),
  lastClosedDay: z.string().nullable(),
  lastHealthDay: z.string().nullable(),
  /** Capacity over the vehicle's first 60 days, Ah, once it is known. */
  baselineAh: z.number().nullable(),
  health: health.nullable().default(null),
  /** Of the method that the vehicle's past health rows were made with; states from before it was kept are of the first. */
  healthVersion: z.number().default(1),
  /** By detector that could not judge: why, and the day on which that was last written down. */
  unjudged: z.record(z.string(), z.object({ reason: z.string(), day: z.string() })).default({}),
});
export type VehicleState = z.infer<typeof vehicle>;

const progress = z.object({
  cursors: z.array(z.object({ topic: z.string(), partition: z.number(), nextOffset: z.number() })),
  /** Counts steps; revisions of findings derive from it, so they grow. */
  step: z.number(),
  /** Monday of the last week whose rates were judged; '' before the first. */
  ratesWeek: z.string().default(""),
  /** Time of receipt up to which the scores of each outside model have been judged, ms. */
  scoresSeen: z.record(z.string(), z.number()).default({}),
});
export interface EngineState {
  readonly cursors: readonly Cursor[];
  readonly step: number;
  readonly ratesWeek: string;
  readonly scoresSeen: Readonly<Record<string, number>>;
  readonly vehicles: Map<string, VehicleState>;
}

/** A vehicle never seen before. */
export function newVehicleState(): VehicleState {
  return {
    snapshot: { watermarkMs: 0, rules: {}, tally: {} },
    checkpoints: [],
    lanes: {},
    published: {},
    detections: [],
    latestMs: 0,
    landedAtMs: 0,
    openDays: [],
    lastClosedDay: null,
    lastHealthDay: null,
    baselineAh: null,
    health: null,
    healthVersion: HEALTH_VERSION,
    unjudged: {},
  };
}

/** Reads the whole state once, at start. */
export async function loadState(store: ColumnStore): Promise<EngineState> {
  const rows = await store.query(
    "SELECT scope, key, argMax(value, revision) AS value FROM engine_state WHERE scope IN ('progress', 'vehicle') GROUP BY scope, key",
    z.object({ scope: z.string(), key: z.string(), value: z.string() }),
  );
  const vehicles = new Map<string, VehicleState>();
  let found: z.infer<typeof progress> = { cursors: [], step: 0, ratesWeek: "", scoresSeen: {} };
  for (const { scope, key, value } of rows) {
    if (scope === "vehicle") vehicles.set(key, vehicle.parse(JSON.parse(value)));
    else found = progress.parse(JSON.parse(value));
  }
  return { ...found, vehicles };
}

/** Writes the cursors and the vehicles that changed in one block, so that they can never disagree. */
export async function saveState(store: ColumnStore, state: EngineState, changed: Iterable<string>): Promise<void> {
  const rows = [...changed].sort().flatMap((vin) => {
    const value = state.vehicles.get(vin);
    return value === undefined ? [] : [{ scope: "vehicle", key: vin, value: JSON.stringify(value), revision: state.step }];
  });
  const head = {
    scope: "progress",
    key: "engine",
    value: JSON.stringify({ cursors: state.cursors, step: state.step, ratesWeek: state.ratesWeek, scoresSeen: state.scoresSeen }),
    revision: state.step,
  };
  await insertIdempotent(store, "engine_state", [head, ...rows]);
}

/** Inserts rows once, however often the same rows are offered: the token is their content. */
export async function insertIdempotent(store: ColumnStore, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  const token = `analytics:${createHash("sha256").update(JSON.stringify(rows)).digest("hex")}`;
  await store.insertRows(table, rows, { token });
}
