import { z } from "zod";
import { capacityDetector } from "../detectors/capacity/capacityDetector.ts";
import { estimateCapacity } from "../detectors/capacity/estimateCapacity.ts";
import { healthRow, nextHealth } from "../detectors/capacity/weeklyHealth.ts";
import { chunksOf } from "../engine/chunks.ts";
import { type Day, dayEndMs, mondayOf } from "../engine/days.ts";
import type { Engine, Stage } from "../engine/engine.ts";
import { type HealthState, insertIdempotent } from "../engine/state.ts";
import type { ChargingSession } from "../features/chargingSession.ts";
import { restsFamily } from "../features/families/rests.ts";
import type { DayFeatures } from "../features/family.ts";
import { healthTableRow } from "../features/health.ts";
import { readMasterData } from "../features/masterData.ts";
import { FAMILY_ROWS_SQL, familyRow, SESSION_ROWS_SQL, sessionRow, toDayFeatures, toSession } from "../features/seriesRows.ts";
import { SESSION_SETTLE_MS } from "../features/sessionsSql.ts";
import type { ChargeModel } from "../soh/chargeModel.ts";
import { HEALTH_VERSION } from "../soh/healthTrack.ts";

const VEHICLES_PER_READ = 50;
const pastRow = z.object({
  vin: z.string(),
  at: z.string(),
  method_version: z.number(),
  soh_pct: z.number().nullable(),
  reference_ah: z.number().nullable(),
  reason: z.string(),
});
type PastRow = z.infer<typeof pastRow>;

// FINAL: a recomputed week replaces its row; some hundreds of rows per vehicle.
const PAST_SQL = `SELECT vin, at, method_version, soh_pct, reference_ah, reason FROM health FINAL
  WHERE vin IN {vins:Array(String)} AND method = '${capacityDetector.id}' AND method_version < {version:UInt16} ORDER BY vin, at`;

/**
 * When the method behind table `health` has a new version, a vehicle's past weeks are computed again before its next day is judged:
 * from its charging sessions and rests, each week with what was known then and what the model's vehicles had taught by then. The old value stays beside the new one (`previous_soh_pct`).
 */
export const recomputeHealth: Stage = {
  name: "recompute-health",
  async run(engine, step) {
    const vins = [...new Set(step.closing.map(({ vin }) => vin))].filter((vin) => isOutdated(engine, vin));
    // Vehicles share their weeks: each week's models are read once.
    const weeks: WeeklyModels = new Map();
    for (const chunk of chunksOf(vins, VEHICLES_PER_READ)) await recompute(engine, chunk, weeks);
    for (const vin of vins) step.changed.add(vin);
  },
};

function isOutdated({ state }: Engine, vin: string): boolean {
  return (state.vehicles.get(vin)?.healthVersion ?? HEALTH_VERSION) !== HEALTH_VERSION;
}

type WeeklyModels = Map<Day, ReadonlyMap<string, ChargeModel>>;

async function recompute(engine: Engine, vins: readonly string[], weeks: WeeklyModels): Promise<void> {
  const past = await engine.store.query(PAST_SQL, pastRow, { params: { vins, version: HEALTH_VERSION } });
  const sessions = past.length === 0 ? [] : await engine.store.query(SESSION_ROWS_SQL, sessionRow, { params: { vins, from: 0 } });
  const restsSql = `${FAMILY_ROWS_SQL} AND family = '${restsFamily.id}' ORDER BY day`;
  const rests = past.length === 0 ? [] : await engine.store.query(restsSql, familyRow, { params: { vins } });
  const masters = await readMasterData(engine.store);
  for (const week of new Set(past.map(({ at }) => mondayOf(at)))) {
    if (!weeks.has(week)) weeks.set(week, await engine.chargeModels.keptOn(week));
  }
  const rows: object[] = [];
  for (const vin of vins) {
    const state = engine.state.vehicles.get(vin);
    if (state === undefined) continue;
    const own = past.filter((row) => row.vin === vin);
    const { model = "", chemistry = "" } = masters.get(vin) ?? {};
    const known = {
      charges: sessions.filter((row) => row.vin === vin).map(toSession),
      rests: rests.filter((row) => row.vin === vin).map(toDayFeatures),
      learntOn: (day: Day) => weeks.get(mondayOf(day))?.get(model) ?? null,
    };
    const health = own.reduce<HealthState | null>((before, row) => replayWeek(engine, row, before, { ...known, chemistry, rows }), null);
    engine.state.vehicles.set(vin, { ...state, health: state.health ?? health, healthVersion: HEALTH_VERSION });
  }
  await insertIdempotent(engine.store, "health", rows);
}

interface Replay {
  readonly charges: readonly ChargingSession[];
  readonly rests: readonly DayFeatures[];
  /** What the vehicle's model had taught by then. */
  readonly learntOn: (day: Day) => ChargeModel | null;
  readonly chemistry: string;
  readonly rows: object[];
}

function replayWeek(
  engine: Engine,
  row: PastRow,
  before: HealthState | null,
  { charges, rests, learntOn, chemistry, rows }: Replay,
): HealthState | null {
  const day = row.at;
  const untilMs = dayEndMs(day, engine.config.analyticsDayOffsetMinutes) - SESSION_SETTLE_MS;
  const estimate = estimateCapacity(charges, untilMs, { chemistry, rests, learnt: learntOn(day) });
  const source = row.reason.split("reference: ")[1] ?? "as first computed";
  const reference = row.reference_ah === null ? null : { ah: row.reference_ah, source };
  const health = nextHealth(before, { day, estimate, reference, isNewSoftware: false });
  const previous = { sohPct: row.soh_pct, version: row.method_version };
  rows.push(healthTableRow(row.vin, capacityDetector, healthRow(day, estimate, reference, health), engine.now(), previous));
  return health;
}
