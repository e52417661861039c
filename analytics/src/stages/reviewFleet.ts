import { z } from "zod";
import type { Day } from "../engine/days.ts";
import type { Engine, Stage } from "../engine/engine.ts";
import { NO_JIT } from "../engine/settings.ts";
import { insertIdempotent } from "../engine/state.ts";
import { fleetFindingId } from "../fleet/fleetFindingId.ts";
import { type Outlier, peerOutliers, REVIEW_SHARE, WATCHED, type Watched } from "../fleet/peerOutliers.ts";
import { PEERS_MIN } from "../fleet/peers.ts";
import type { PeerFeature } from "../fleet/peerTable.ts";
import { implausibleUnit, UNIT_SPECS, type UnitSpec } from "../fleet/unitPlausibility.ts";

import { stationRows } from "./stationRows.ts";

/** Vehicles of a model whose numbers are believed to be the model's. */
const UNIT_VEHICLES_MIN = 3;
const LISTED_MAX = 50;

/** Once a week, with the first Monday that closes: units no model can have, vehicles far from their model, and stations that stop everybody, into `fleet_findings`. */
export const reviewFleet: Stage = {
  name: "review-fleet",
  async run(engine, step) {
    const mondays = [...new Set(step.closing.map(({ day }) => day))].filter((day) => new Date(Date.parse(day)).getUTCDay() === 1);
    for (const day of mondays) await reviewWeek(engine, day);
  },
};

async function reviewWeek(engine: Engine, day: Day): Promise<void> {
  const { store, peers, state, now } = engine;
  if (state.vehicles.size < UNIT_VEHICLES_MIN) return;
  const done = await store.query(
    "SELECT count() AS n FROM engine_state WHERE scope = 'review' AND key = {day:String}",
    z.object({ n: z.number() }),
    {
      params: { day },
    },
  );
  if ((done[0]?.n ?? 0) > 0) return;
  const groups = await peers.groupsOn(day, state.vehicles.size, now());
  const models = groups.filter(({ kind }) => kind === "model");
  const rows = [...unitRows(models, day, state.step), ...(await outlierRows(engine, models, day)), ...(await stationRows(engine, day))];
  await insertIdempotent(store, "fleet_findings", rows);
  await insertIdempotent(store, "engine_state", [{ scope: "review", key: day, value: String(rows.length), revision: state.step }]);
}

/** One finding per model and signal, with the same id week after week: it is written anew while it holds. */
function unitRows(models: readonly PeerFeature[], day: Day, revision: number): object[] {
  return UNIT_SPECS.flatMap((spec) =>
    models
      .filter(({ family, feature, vehicles }) => family === spec.family && feature === spec.feature && vehicles >= UNIT_VEHICLES_MIN)
      .flatMap((group) => {
        const found = implausibleUnit(spec, group.median);
        return found === null ? [] : [unitRow(spec, group, { day, revision, isIn: found.candidate?.name ?? null })];
      }),
  );
}

function unitRow(spec: UnitSpec, group: PeerFeature, { day, revision, isIn }: { day: Day; revision: number; isIn: string | null }): object {
  const evidence = {
    value: group.median,
    unit: spec.unit,
    low: spec.low,
    high: spec.high,
    method: "unit-plausibility 1",
    looks_like: isIn,
  };
  const usual = `${spec.low} to ${spec.high} ${spec.unit}`;
  const value = Number(group.median.toPrecision(4));
  return {
    ...{
      id: fleetFindingId("unit", group.name, spec.feature),
      day,
      kind: "unit",
      source_id: spec.feature,
      group_kind: "model",
      group_name: group.name,
    },
    ...{ vehicles: group.vehicles, expected: 0, group_size: group.vehicles, p_value: 0, vins: [] },
    evidence: JSON.stringify({ ...evidence, disprovedBy: "The maker's own documentation gives this unit and these values for the model." }),
    sentence: `${group.name}: ${spec.feature} has a median of ${value}, usual is ${usual}; ${isIn === null ? "no known unit fits" : `it looks like ${isIn}`}.`,
    sentence_zh: `${group.name}：${spec.feature}中位值为${value}，正常范围为${usual}；${isIn === null ? "没有已知单位相符" : `疑似单位为${isIn}`}。`,
    revision,
  };
}

async function outlierRows(engine: Engine, models: readonly PeerFeature[], day: Day): Promise<object[]> {
  const rows: object[] = [];
  for (const watched of WATCHED) {
    const groups = models.filter(
      ({ family, feature, vehicles }) => family === watched.family && feature === watched.feature && vehicles >= PEERS_MIN,
    );
    if (groups.length === 0) continue;
    const values = await vehicleValues(engine, watched, day);
    for (const group of groups) {
      const found = peerOutliers(
        watched,
        group,
        values.filter(({ model }) => model === group.name),
      );
      if (found.length > 0) rows.push(outlierRow(watched, group, { found, day, revision: engine.state.step }));
    }
  }
  return rows;
}

const valueRow = z.object({ vin: z.string(), model: z.string(), value: z.number() });

/** Each vehicle's median of the seven days before, as the group's are. */
function vehicleValues({ store }: Engine, { family, feature }: Watched, day: Day): Promise<z.infer<typeof valueRow>[]> {
  // FINAL: a recomputed vehicle-day replaces its row; one week of one family.
  return store.query(
    `SELECT vin, model, value FROM (
       SELECT vin, medianExact(features[{feature:String}]) AS value FROM daily_features FINAL
       WHERE day >= {day:Date} - 7 AND day < {day:Date} AND family = {family:String} AND mapContains(features, {feature:String}) GROUP BY vin
     ) AS own INNER JOIN (SELECT vin, argMax(model, revision) AS model FROM vehicles GROUP BY vin) AS master USING (vin)
     ORDER BY vin`,
    valueRow,
    { params: { day, family, feature }, settings: NO_JIT },
  );
}

function outlierRow(
  { family, feature }: Watched,
  group: PeerFeature,
  { found, day, revision }: { readonly found: readonly Outlier[]; readonly day: Day; readonly revision: number },
): object {
  const listed = found.slice(0, LISTED_MAX).map(({ vin, value, zScore }) => ({ vin, value, z: Number(zScore.toFixed(2)) }));
  const evidence = { value: group.median, unit: "", method: "peer-outliers 1", false_share: REVIEW_SHARE, listed };
  return {
    ...{
      id: fleetFindingId("outliers", group.name, `${feature}/${day}`),
      day,
      kind: "peer-outliers",
      source_id: feature,
      group_kind: "model",
      group_name: group.name,
    },
    ...{ vehicles: found.length, expected: REVIEW_SHARE * found.length, group_size: group.vehicles, p_value: found.at(-1)?.pValue ?? 1 },
    vins: found.map(({ vin }) => vin),
    evidence: JSON.stringify({ ...evidence, disprovedBy: "The vehicles' readings are right and usual for their equipment or climate." }),
    sentence: `${group.name}: ${found.length} of ${group.vehicles} vehicles stand out by ${family}/${feature} in the week before ${day} (at most ${100 * REVIEW_SHARE} % of them by chance).`,
    sentence_zh: `${group.name}：${day}前一周，${group.vehicles}辆车中有${found.length}辆的${family}/${feature}明显偏离同型号（其中因偶然所致者不超过${100 * REVIEW_SHARE}%）。`,
    revision,
  };
}
