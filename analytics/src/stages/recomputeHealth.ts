import { z } from "zod";
import { capacityDetector } from "../detectors/capacity/capacityDetector.ts";
import { estimateCapacity } from "../detectors/capacity/estimateCapacity.ts";
import { healthRow, nextHealth } from "../detectors/capacity/weeklyHealth.ts";
import { chunksOf } from "../engine/chunks.ts";
import { dayEndMs } from "../engine/days.ts";
import type { Engine, Stage } from "../engine/engine.ts";
import { type HealthState, insertIdempotent } from "../engine/state.ts";
import type { ChargingSession } from "../features/chargingSession.ts";
import { healthTableRow } from "../features/health.ts";
import { readMasterData } from "../features/masterData.ts";
import { SESSION_ROWS_SQL, sessionRow, toSession } from "../features/seriesRows.ts";
import { SESSION_SETTLE_MS } from "../features/sessionsSql.ts";
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
 * from its charging sessions, each week with what was known then. The old value stays beside the new one (`previous_soh_pct`).
 */
export const recomputeHealth: Stage = {
  name: "recompute-health",
  async run(engine, step) {
    const vins = [...new Set(step.closing.map(({ vin }) => vin))].filter((vin) => isOutdated(engine, vin));
    for (const chunk of chunksOf(vins, VEHICLES_PER_READ)) await recompute(engine, chunk);
    for (const vin of vins) step.changed.add(vin);
  },
};

function isOutdated({ state }: Engine, vin: string): boolean {
  return (state.vehicles.get(vin)?.healthVersion ?? HEALTH_VERSION) !== HEALTH_VERSION;
}

async function recompute(engine: Engine, vins: readonly string[]): Promise<void> {
  const past = await engine.store.query(PAST_SQL, pastRow, { params: { vins, version: HEALTH_VERSION } });
  const sessions = past.length === 0 ? [] : await engine.store.query(SESSION_ROWS_SQL, sessionRow, { params: { vins, from: 0 } });
  const masters = await readMasterData(engine.store);
  const rows: object[] = [];
  for (const vin of vins) {
    const state = engine.state.vehicles.get(vin);
    if (state === undefined) continue;
    const own = past.filter((row) => row.vin === vin);
    const charges = sessions.filter((row) => row.vin === vin).map(toSession);
    const health = own.reduce<HealthState | null>(
      (before, row) => replayWeek(engine, row, before, { charges, chemistry: masters.get(vin)?.chemistry ?? "", rows }),
      null,
    );
    engine.state.vehicles.set(vin, { ...state, health: state.health ?? health, healthVersion: HEALTH_VERSION });
  }
  await insertIdempotent(engine.store, "health", rows);
}

interface Replay {
  readonly charges: readonly ChargingSession[];
  readonly chemistry: string;
  readonly rows: object[];
}

function replayWeek(engine: Engine, row: PastRow, before: HealthState | null, { charges, chemistry, rows }: Replay): HealthState | null {
  const day = row.at;
  const untilMs = dayEndMs(day, engine.config.analyticsDayOffsetMinutes) - SESSION_SETTLE_MS;
  const estimate = estimateCapacity(charges, untilMs, { chemistry });
  const source = row.reason.split("reference: ")[1] ?? "as first computed";
  const reference = row.reference_ah === null ? null : { ah: row.reference_ah, source };
  const health = nextHealth(before, { day, estimate, reference, isNewSoftware: false });
  const previous = { sohPct: row.soh_pct, version: row.method_version };
  rows.push(healthTableRow(row.vin, capacityDetector, healthRow(day, estimate, reference, health), engine.now(), previous));
  return health;
}
