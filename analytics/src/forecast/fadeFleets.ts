import { type Day, daysBetween, mondayOf } from "../engine/days.ts";
import type { VehicleState } from "../engine/state.ts";
import type { FadeHistory } from "./fade.ts";
import { type FadeFleet, learnFadeFleet } from "./fadeForecast.ts";

export interface FadeFleets {
  /**
   * How the vehicles of each model fade, from what was known before the day's week began; a model with too few is absent.
   * Learnt once per week, so that vehicles of the same week, live or in a replay, see the same fleet.
   */
  on(day: Day, vehicles: ReadonlyMap<string, VehicleState>, modelOf: (vin: string) => string): ReadonlyMap<string, FadeFleet>;
}

const DAYS_PER_MONTH = 30.4375;

export function createFadeFleets(): FadeFleets {
  let week: Day = "";
  let fleets = new Map<string, FadeFleet>();
  return {
    on(day, vehicles, modelOf) {
      const monday = mondayOf(day);
      if (monday === week) return fleets;
      week = monday;
      fleets = new Map();
      for (const [model, histories] of historiesBefore(monday, vehicles, modelOf)) {
        const fleet = learnFadeFleet(histories);
        if (fleet !== null) fleets.set(model, fleet);
      }
      return fleets;
    },
  };
}

/** Age in months since the first value. */
export function fadeHistory(points: readonly { readonly day: Day; readonly sohPct: number }[]): FadeHistory {
  const first = points[0]?.day ?? "";
  return points.map(({ day, sohPct }) => ({ month: daysBetween(first, day) / DAYS_PER_MONTH, sohPct }));
}

function historiesBefore(before: Day, vehicles: ReadonlyMap<string, VehicleState>, modelOf: (vin: string) => string) {
  const byModel = new Map<string, FadeHistory[]>();
  for (const vin of [...vehicles.keys()].sort()) {
    const model = modelOf(vin);
    const known = (vehicles.get(vin)?.health?.history ?? []).filter(({ day }) => day < before);
    if (model === "" || known.length === 0) continue;
    const histories = byModel.get(model) ?? [];
    histories.push(fadeHistory(known));
    byModel.set(model, histories);
  }
  return byModel;
}
