import type { Component } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { createTimedCache } from "@bellwether/runtime/timedCache";
import { bandAround, readDealers } from "../leads/leadDealers.ts";
import type { DealerCapacity, Position } from "../leads/leadRouting.ts";
import { readVisits } from "../leads/leadWork.ts";

/**
 * What many leads have in common, at most half a minute old: the dealers of a region (500 of them were read and weighed for every lead
 * shown, to name the one to fall back on) and what confirmed visits took. Routing itself reads what is so now.
 */
export interface LeadNeighbours {
  dealers(about: {
    readonly region: string;
    readonly component: Component;
    readonly position: Position | null;
  }): Promise<readonly DealerCapacity[]>;
  visits(component: Component, sources: readonly string[]): ReturnType<typeof readVisits>;
}

const TTL_MS = 30_000;
const ENTRIES_MAX = 1000;
/** Cars within a quarter of a degree share a list; who is too far away for one of them is left out by rank. */
const MARGIN_DEG = 0.25;

export function createLeadNeighbours(db: Queryable, now: () => number): LeadNeighbours {
  const lists = createTimedCache<readonly DealerCapacity[]>({ ttlMs: TTL_MS, entriesMax: ENTRIES_MAX, now });
  const work = createTimedCache<Awaited<ReturnType<typeof readVisits>>>({ ttlMs: TTL_MS, entriesMax: ENTRIES_MAX, now });
  return {
    dealers({ region, component, position }) {
      const near = position === null ? null : Math.round(position.latitudeDeg / (2 * MARGIN_DEG)) * 2 * MARGIN_DEG;
      const latitude = near === null ? null : bandAround(near, MARGIN_DEG);
      return lists.get(JSON.stringify([region, component, near]), () => readDealers(db, { region, component, latitude }, now()));
    },
    visits: (component, sources) => {
      const known = [...sources].sort();
      return work.get(JSON.stringify([component, known]), () => readVisits(db, component, known));
    },
  };
}
