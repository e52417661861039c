import type { ColumnStore } from "@bellwether/clickhouse/store";
import { chunksOf, VEHICLES_PER_STATEMENT } from "../engine/chunks.ts";
import { dayEndMs, dayStartMs } from "../engine/days.ts";
import { NO_JIT } from "../engine/settings.ts";
import { insertIdempotent } from "../engine/state.ts";
import { cellRollUpSql } from "./cellRollUpSql.ts";
import { FAMILIES } from "./families.ts";
import { dayRows, familiesInsertSql } from "./family.ts";
import { type GateResult, gateDays } from "./qualityGate.ts";
import { SESSION_LOOKBACK_MS, sessionsSql } from "./sessionsSql.ts";
import { pairParams, type VehicleDay } from "./vehicleDays.ts";

export interface FeatureScope {
  readonly store: ColumnStore;
  readonly offsetMinutes: number;
  readonly rowFilter: string;
  readonly nowMs: number;
}

/** Families of one statement: they run side by side and are one insert; all at once would sort the chunk's rows a dozen times at the same time. */
const FAMILIES_PER_STATEMENT = 6;
/** Sources whose days the gate may withhold. */
const GATED_SOURCE = "abnormal-cell";

/**
 * Computes the features of the given vehicle-days inside the store: quality gate, cell roll-up of the days that pass,
 * charging sessions, the feature families, and what could not be judged. Computing a day again replaces its rows.
 */
export async function computeFeatures(scope: FeatureScope, days: readonly VehicleDay[]): Promise<{ readonly gate: readonly GateResult[] }> {
  const gate: GateResult[] = [];
  for (const chunk of chunksOf(days, VEHICLES_PER_STATEMENT)) gate.push(...(await computeChunk(scope, chunk)));
  return { gate };
}

async function computeChunk(scope: FeatureScope, days: readonly VehicleDay[]): Promise<readonly GateResult[]> {
  const { store, offsetMinutes, rowFilter, nowMs } = scope;
  const range = rangeOf(days, offsetMinutes);
  const now = new Date(nowMs);
  const bounds = { from: range.fromMs, to: range.toMs, now };
  const vins = [...new Set(days.map((pair) => pair.vin))];
  const sessions = store.command(sessionsSql(rowFilter), {
    params: { ...bounds, vins, from: range.fromMs - SESSION_LOOKBACK_MS, since: range.fromMs },
    settings: NO_JIT,
  });
  const [gate] = await Promise.all([gatedRollUp(scope, days, bounds), sessions, computeFamilies(scope, days, bounds)]);
  const withheld = gate.flatMap(({ vin, day, reason, samples }) =>
    reason === null ? [] : [{ vin, day, source_id: GATED_SOURCE, reason, samples, computed_at: now.toISOString() }],
  );
  await insertIdempotent(store, "not_evaluated", withheld);
  return gate;
}

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly now: Date;
}

async function computeFamilies(
  { store, offsetMinutes, rowFilter }: FeatureScope,
  days: readonly VehicleDay[],
  bounds: Bounds,
): Promise<void> {
  const rows = dayRows(offsetMinutes, rowFilter, days);
  const params = { ...pairParams(days), ...bounds };
  for (const families of chunksOf(FAMILIES, FAMILIES_PER_STATEMENT)) {
    await store.command(familiesInsertSql(families, rows), { params, settings: NO_JIT });
  }
}

async function gatedRollUp(
  { store, offsetMinutes, rowFilter }: FeatureScope,
  days: readonly VehicleDay[],
  bounds: Bounds,
): Promise<readonly GateResult[]> {
  const gate = await gateDays(store, days, { offsetMinutes, rowFilter, fromMs: bounds.from, toMs: bounds.to });
  const passed = gate.filter((result) => result.reason === null);
  if (passed.length > 0) {
    const sql = cellRollUpSql(offsetMinutes, rowFilter, passed);
    await store.command(sql, { params: { ...pairParams(passed), ...bounds }, settings: NO_JIT });
  }
  return gate;
}

function rangeOf(days: readonly VehicleDay[], offsetMinutes: number): { fromMs: number; toMs: number } {
  const sorted = days.map((pair) => pair.day).sort();
  const first = sorted[0] ?? "1970-01-01";
  return { fromMs: dayStartMs(first, offsetMinutes), toMs: dayEndMs(sorted.at(-1) ?? first, offsetMinutes) };
}
