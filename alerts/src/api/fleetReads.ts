import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import { COMPONENTS, evidenceSchema, findingToJson } from "@bellwether/contracts/finding";
import { columnOf, type SignalName, signalDefinition } from "@bellwether/contracts/signals";
import { z } from "zod";
import { type FindingJson, findingJsonSchema } from "./schemas.ts";

/** What the API reads from ClickHouse about vehicles. Values are bound, never concatenated; every list has a limit. */

const VEHICLES_MAX = 200_000;
const count = z.number();
const time = z.iso.datetime();

/** Every vehicle that has ever reported, by VIN. */
export function listVehicles(store: ColumnStore) {
  return store.query(
    `SELECT vin, max(event_time) AS lastSeenAt FROM telemetry GROUP BY vin ORDER BY vin LIMIT ${VEHICLES_MAX}`,
    z.object({ vin: z.string(), lastSeenAt: time }),
  );
}

const readingRow = z.object({ vin: z.string(), socPct: z.number().nullable(), odometerKm: z.number().nullable() });
const sohRow = z.object({
  vin: z.string(),
  sohPct: z.number().nullable(),
  sohLowPct: z.number().nullable(),
  sohHighPct: z.number().nullable(),
});

/** Last known readings, health and model of the given vehicles; looks back 30 days from `untilMs`, the newest report of them. */
export async function readVehicleRows(store: ColumnStore, vins: readonly string[], sinceMs: number) {
  const params = { vins: [...vins], sinceMs };
  const [readings, health, profiles] = await Promise.all([
    store.query(
      `SELECT vin, argMax(soc_pct, event_time) AS socPct, argMax(odometer_km, event_time) AS odometerKm FROM telemetry
       WHERE vin IN {vins: Array(String)} AND event_time >= fromUnixTimestamp64Milli({sinceMs: Int64}, 'UTC') GROUP BY vin`,
      readingRow,
      { params },
    ),
    store.query(
      `SELECT vin, argMax(soh_pct, (at, computed_at)) AS sohPct, argMax(soh_low_pct, (at, computed_at)) AS sohLowPct,
         argMax(soh_high_pct, (at, computed_at)) AS sohHighPct
       FROM health WHERE vin IN {vins: Array(String)} AND verdict = 'ok' GROUP BY vin`,
      sohRow,
      { params },
    ),
    store.query(
      "SELECT vin, argMax(model, revision) AS model FROM vehicles WHERE vin IN {vins: Array(String)} GROUP BY vin",
      z.object({ vin: z.string(), model: z.string() }),
      { params },
    ),
  ]);
  return { readings: byVin(readings), health: byVin(health), profiles: byVin(profiles) };
}

const spanRow = z.object({ firstSeenAt: time.nullable(), lastSeenAt: time.nullable(), reports: count });

/** First and last report of a vehicle and their number. */
export async function readSpan(store: ColumnStore, vin: string) {
  const rows = await store.query(
    `SELECT minOrNull(event_time) AS firstSeenAt, maxOrNull(event_time) AS lastSeenAt, count() AS reports
     FROM telemetry WHERE vin = {vin: String}`,
    spanRow,
    { params: { vin } },
  );
  return rows[0] ?? { firstSeenAt: null, lastSeenAt: null, reports: 0 };
}

const LATEST_TEXTS = ["vehicleState", "chargeState"] as const;
const LATEST_NUMBERS = [
  "speedKmh",
  "odometerKm",
  "socPct",
  "packVoltageV",
  "packCurrentA",
  "insulationKohm",
  "cellVoltageMaxV",
  "cellVoltageMinV",
  "probeTempMaxC",
  "probeTempMinC",
  "auxVoltageV",
  "alarmLevel",
] as const;
const number = z.number().nullable();
const latestRow = z.object({
  vehicleState: z.string().nullable(),
  chargeState: z.string().nullable(),
  speedKmh: number,
  odometerKm: number,
  socPct: number,
  packVoltageV: number,
  packCurrentA: number,
  insulationKohm: number,
  cellVoltageMaxV: number,
  cellVoltageMinV: number,
  probeTempMaxC: number,
  probeTempMinC: number,
  auxVoltageV: number,
  alarmLevel: number,
});

/** The last known value of each shown signal, from the 30 days before the vehicle's last report. */
export async function readLatest(store: ColumnStore, vin: string, lastSeenAt: string) {
  const columns = [...LATEST_TEXTS, ...LATEST_NUMBERS].map((name) => `argMax(${columnOf(name)}, event_time) AS ${name}`);
  const rows = await store.query(
    `SELECT ${columns.join(", ")} FROM telemetry
     WHERE vin = {vin: String} AND event_time >= fromUnixTimestamp64Milli({lastMs: Int64}, 'UTC') - INTERVAL 30 DAY`,
    latestRow,
    { params: { vin, lastMs: Date.parse(lastSeenAt) } },
  );
  return rows[0] === undefined ? null : { at: lastSeenAt, ...rows[0] };
}

const profileRow = TABLES.vehicles.omit({ vin: true, revision: true });

export async function readProfile(store: ColumnStore, vin: string) {
  const rows = await store.query(
    // FINAL: one row per vehicle, so merging costs nothing.
    "SELECT model, chemistry, nominal_ah, cells, built_on, region FROM vehicles FINAL WHERE vin = {vin: String}",
    profileRow,
    { params: { vin } },
  );
  const row = rows[0];
  if (row === undefined) return null;
  const { nominal_ah, built_on, ...rest } = row;
  return { ...rest, nominalAh: nominal_ah, builtOn: built_on };
}

/** The health trend, oldest first; at most ten years of weeks. */
export async function readHealth(store: ColumnStore, vin: string) {
  const rows = await store.query(
    // FINAL: a few hundred rows of one vehicle.
    `SELECT at, method, verdict, capacity_ah, low_ah, high_ah, soh_pct, soh_low_pct, soh_high_pct, reference_ah, sessions,
       accuracy_class, reason, cause, previous_soh_pct, capacity_kwh, imbalance_pct, opinion_method, opinion_ah, opinion_weight
     FROM health FINAL WHERE vin = {vin: String} ORDER BY at, method LIMIT 1040`,
    TABLES.health.omit({ vin: true, method_version: true, window_ah: true, previous_version: true, computed_at: true }),
    { params: { vin } },
  );
  return rows.map((row) => ({
    at: row.at,
    method: row.method,
    verdict: row.verdict,
    capacityAh: row.capacity_ah,
    lowAh: row.low_ah,
    highAh: row.high_ah,
    sohPct: row.soh_pct,
    sohLowPct: row.soh_low_pct,
    sohHighPct: row.soh_high_pct,
    referenceAh: row.reference_ah,
    sessions: row.sessions,
    accuracyClass: row.accuracy_class,
    reason: row.reason,
    cause: row.cause,
    previousSohPct: row.previous_soh_pct,
    capacityKwh: row.capacity_kwh,
    imbalancePct: row.imbalance_pct,
    opinions: row.opinion_method.map((method, i) => ({
      method,
      capacityAh: row.opinion_ah[i] ?? 0,
      weight: row.opinion_weight[i] ?? 0,
    })),
  }));
}

export interface FindingFilter {
  readonly vin?: string | undefined;
  readonly component?: string | undefined;
  readonly source?: string | undefined;
  readonly state?: string | undefined;
  /** Position after the last item: last_seen, vin, id. */
  readonly after?: readonly string[] | null;
  readonly limit: number;
}

/** Findings, last seen first, each in its latest state. */
export async function listFindings(store: ColumnStore, filter: FindingFilter): Promise<readonly FindingJson[]> {
  const { vin = "", component = "", source = "", state = "", after = null, limit } = filter;
  const [afterTime = "", afterVin = "", afterId = ""] = after ?? [];
  const rows = await store.query(
    // FINAL: findings are few (thousands, not millions), and an update must replace what it updates.
    `SELECT vin, id, source_kind, source_id, source_version, source_hash, component, severity, state, first_seen, last_seen, cell, evidence, sentence,
       sentence_zh
     FROM findings FINAL
     WHERE ({vin: String} = '' OR vin = {vin: String}) AND ({component: String} = '' OR component = {component: String})
       AND ({source: String} = '' OR source_id = {source: String}) AND ({state: String} = '' OR state = {state: String})
       AND ({afterTime: String} = ''
         OR (last_seen, vin, id) < (parseDateTime64BestEffortOrZero({afterTime: String}, 3, 'UTC'), {afterVin: String}, {afterId: String}))
     ORDER BY last_seen DESC, vin DESC, id DESC LIMIT {limit: UInt32}`,
    TABLES.findings.omit({ revision: true }),
    { params: { vin, component, source, state, afterTime, afterVin, afterId, limit } },
  );
  return rows.map((row) => {
    const { source_kind, source_id, source_version, source_hash, first_seen, last_seen, sentence_zh, evidence, ...rest } = row;
    const finding = {
      ...rest,
      source: { kind: source_kind, id: source_id, version: source_version, ...(source_hash === "" ? {} : { hash: source_hash }) },
      firstSeen: first_seen,
      lastSeen: last_seen,
      evidence: evidenceSchema.parse(JSON.parse(evidence)),
      sentenceZh: sentence_zh,
    };
    return findingJsonSchema.parse(findingToJson(finding));
  });
}

export interface SignalQuery {
  readonly vin: string;
  readonly names: readonly SignalName[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
}

/** Mean, least and greatest value of each signal per time bucket; buckets without a report are left out. */
export async function readSignals(store: ColumnStore, { vin, names, fromMs, toMs, bucketMs }: SignalQuery) {
  const columns = names.flatMap((name) => {
    const column = columnOf(name);
    return [`avg(${column})`, `min(${column})`, `max(${column})`].map((sql) => `toFloat64OrNull(toString(${sql}))`);
  });
  const rows = await store.query(
    `SELECT intDiv(toUnixTimestamp64Milli(event_time) - {fromMs: Int64}, {bucketMs: Int64}) AS bucket, [${columns.join(", ")}] AS numbers
     FROM telemetry WHERE vin = {vin: String} AND event_time >= fromUnixTimestamp64Milli({fromMs: Int64}, 'UTC')
       AND event_time < fromUnixTimestamp64Milli({toMs: Int64}, 'UTC')
     GROUP BY bucket ORDER BY bucket`,
    z.object({ bucket: count, numbers: z.array(z.number().nullable()) }),
    { params: { vin, fromMs, toMs, bucketMs } },
  );
  const pick = (offset: number) => rows.map(({ numbers }) => numbers[offset] ?? null);
  return {
    at: rows.map(({ bucket }) => fromMs + bucket * bucketMs),
    series: names.map((name, i) => ({
      name,
      unit: signalDefinition(name).unit,
      mean: pick(3 * i),
      min: pick(3 * i + 1),
      max: pick(3 * i + 2),
    })),
  };
}

/** Findings by component and state. */
export function countFindings(store: ColumnStore) {
  return store.query(
    // FINAL: a finding counts in its latest state only.
    `SELECT component, countIf(state = 'active') AS active, countIf(state = 'cleared') AS cleared FROM findings FINAL
     GROUP BY component ORDER BY component`,
    z.object({ component: z.enum(COMPONENTS), active: count, cleared: count }),
  );
}

function byVin<T extends { readonly vin: string }>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [row.vin, row]));
}
