import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { VehicleMaster } from "../detectors/detector.ts";
import { chunksOf } from "../engine/chunks.ts";
import type { Day } from "../engine/days.ts";
import { NO_JIT } from "../engine/settings.ts";
import { insertIdempotent } from "../engine/state.ts";
import { FAMILIES } from "../features/families.ts";
import { NO_PEERS, PEER_GROUP_KINDS, PEERS_MIN, type PeerGroup, type PeerGroupKind, type Peers } from "./peers.ts";

/** Days before the one under judgement from which each vehicle's median comes. Its own day is never among them: others' is still open. */
const WINDOW_DAYS = 7;
const QUANTILES = Array.from({ length: 21 }, (_, i) => i / 20);
/** Families per statement: one bounds the memory of large fleets to their number of vehicles. */
const FAMILIES_AT_ONCE = { small: 100, large: 1 } as const;
/** Groups kept: fewer vehicles are no group, and of fewer than `PEERS_MIN` only a unit may be judged. */
const GROUP_MIN = 3;
const LARGE_FLEET = 10_000;

const groupRow = z.object({
  group_kind: z.enum(PEER_GROUP_KINDS),
  group_name: z.string(),
  family: z.string(),
  feature: z.string(),
  vehicles: z.number(),
  median: z.number(),
  mad: z.number(),
  quantiles: z.array(z.number()),
});

/** The peer statistics of one day, for vehicles of any model. */
export interface PeerDay {
  peersOf(master: VehicleMaster | null): Peers;
}

export interface PeerTable {
  /** The day's statistics; computes and keeps them when nobody has. Fewer than `PEERS_MIN` vehicles in all: none, at no cost. */
  on(day: Day, vehicles: number, nowMs: number): Promise<PeerDay>;
  /** Every group of the day with its families and features, small ones included; for the weekly review. */
  groupsOn(day: Day, vehicles: number, nowMs: number): Promise<readonly PeerFeature[]>;
}

/** A group with what it is a group of. */
export interface PeerFeature extends PeerGroup {
  readonly family: string;
  readonly feature: string;
}

const NOBODY: PeerDay = { peersOf: () => NO_PEERS };

/**
 * Peer statistics from `daily_features`, written once per day into `peer_statistics` and read from there ever after. A vehicle
 * without master data is compared with the fleet.
 */
export function createPeerTable(store: ColumnStore): PeerTable {
  let known: { readonly day: Day; readonly peers: PeerDay } = { day: "", peers: NOBODY };
  const groupsOf = async (day: Day, vehicles: number, nowMs: number) => {
    const kept = await readGroups(store, day);
    if (kept === null) await computeGroups(store, day, { vehicles, nowMs });
    return kept ?? (await readGroups(store, day)) ?? [];
  };
  return {
    async groupsOn(day, vehicles, nowMs) {
      const rows = await groupsOf(day, vehicles, nowMs);
      return rows.map(({ group_kind: kind, group_name: name, ...numbers }) => ({ kind, name, ...numbers }));
    },
    async on(day, vehicles, nowMs) {
      if (vehicles < PEERS_MIN) return NOBODY;
      if (known.day === day) return known.peers;
      known = { day, peers: peerDay(await groupsOf(day, vehicles, nowMs)) };
      return known.peers;
    },
  };
}

/** The day's groups, or null when the day has not been computed to its end. */
async function readGroups(store: ColumnStore, day: Day): Promise<readonly z.infer<typeof groupRow>[] | null> {
  // FINAL: a day whose computation was interrupted is written twice; some hundreds of rows.
  const head = await store.query(
    "SELECT count() AS n FROM peer_statistics WHERE day = {day:Date} AND family = ''",
    z.object({ n: z.number() }),
    {
      params: { day },
    },
  );
  if ((head[0]?.n ?? 0) === 0) return null;
  return store.query(
    `SELECT group_kind, group_name, family, feature, vehicles, median, mad, quantiles
     FROM peer_statistics FINAL WHERE day = {day:Date} AND family != ''`,
    groupRow,
    { params: { day } },
  );
}

async function computeGroups(store: ColumnStore, day: Day, { vehicles, nowMs }: { vehicles: number; nowMs: number }): Promise<void> {
  const size = vehicles > LARGE_FLEET ? FAMILIES_AT_ONCE.large : FAMILIES_AT_ONCE.small;
  for (const chunk of chunksOf(FAMILIES, size)) {
    const params = { day, families: chunk.map((family) => family.id), now: new Date(nowMs) };
    await store.command(groupsSql(), { params, settings: NO_JIT });
  }
  const done = { group_kind: "", group_name: "", family: "", feature: "", vehicles, median: 0, mad: 0, quantiles: [] };
  await insertIdempotent(store, "peer_statistics", [{ day, ...done, computed_at: new Date(nowMs).toISOString() }]);
}

/** Vehicle -> its median of each feature -> its groups -> median, spread and quantiles over the group's vehicles. */
function groupsSql(): string {
  // FINAL: a recomputed vehicle-day replaces its row; the scan is one week of one or all families.
  const perVehicle = `
    SELECT vin, family, medianMap(features) AS usual FROM daily_features FINAL
    WHERE day >= {day:Date} - ${WINDOW_DAYS} AND day < {day:Date} AND family IN {families:Array(String)} GROUP BY vin, family`;
  const masters = "SELECT vin, argMax(model, revision) AS model, argMax(chemistry, revision) AS chemistry FROM vehicles GROUP BY vin";
  const perGroup = `
    SELECT group_kind, group_name, family, feature, groupArray(value) AS all FROM (
      SELECT family, arrayJoin(arrayZip(['model', 'chemistry', 'fleet'], [model, chemistry, 'fleet'])) AS g,
        g.1 AS group_kind, g.2 AS group_name, arrayJoin(usual) AS pair, pair.1 AS feature, pair.2 AS value
      FROM (SELECT vin, family, usual, model, chemistry FROM (${perVehicle}) AS own LEFT ANY JOIN (${masters}) AS master USING (vin))
    ) WHERE group_name != '' GROUP BY group_kind, group_name, family, feature HAVING count() >= ${GROUP_MIN}`;
  return `
    INSERT INTO peer_statistics (day, group_kind, group_name, family, feature, vehicles, median, mad, quantiles, computed_at)
    SELECT {day:Date}, group_kind, group_name, family, feature, length(all), arrayReduce('quantileExactInclusive(0.5)', all) AS centre,
      arrayReduce('quantileExactInclusive(0.5)', arrayMap(x -> abs(x - centre), all)),
      arrayReduce('quantilesExactInclusive(${QUANTILES.join(", ")})', all), {now:DateTime64(3)}
    FROM (${perGroup})`;
}

function peerDay(rows: readonly z.infer<typeof groupRow>[]): PeerDay {
  const groups = new Map<string, PeerGroup>();
  for (const { group_kind: kind, group_name: name, family, feature, ...numbers } of rows) {
    groups.set(keyOf(kind, name, family, feature), { kind, name, ...numbers });
  }
  return {
    peersOf(master) {
      const names = { model: master?.model ?? "", chemistry: master?.chemistry ?? "", fleet: "fleet" };
      return {
        of(family, feature, least = PEERS_MIN) {
          for (const kind of PEER_GROUP_KINDS) {
            const found = groups.get(keyOf(kind, names[kind], family, feature));
            if (found !== undefined && found.vehicles >= least) return found;
          }
          return null;
        },
      };
    },
  };
}

function keyOf(kind: PeerGroupKind, name: string, family: string, feature: string): string {
  return `${kind}\n${name}\n${family}\n${feature}`;
}
