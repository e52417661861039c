import type { VehicleView } from "../detectors/detector.ts";
import type { DayFeatures } from "../features/family.ts";
import { NO_PEERS } from "../fleet/peers.ts";

const START = Date.parse("2026-01-01");
const DAYS = 120;
const DAY_MS = 86_400_000;

export type Values = Readonly<Record<string, number>>;

/** A car of which nothing is known but 120 days of the given families, on the evening of the last one. */
export function dailyView(families: Readonly<Record<string, (day: number) => Values>>): VehicleView {
  const dayOf = (i: number) => new Date(START + i * DAY_MS).toISOString().slice(0, 10);
  const daily = Object.fromEntries(
    Object.entries(families).map(([family, of]) => [
      family,
      Array.from({ length: DAYS }, (_, i): DayFeatures => ({ day: dayOf(i), samples: 90, values: of(i) })),
    ]),
  );
  const dayStartMs = START + (DAYS - 1) * DAY_MS;
  return {
    vin: "WEAR1",
    day: dayOf(DAYS - 1),
    dayStartMs,
    dayEndMs: dayStartMs + DAY_MS,
    lastDataMs: dayStartMs + 3_600_000,
    series: { cellDays: [], sessions: [], daily },
    master: null,
    peerBaselineAh: null,
    ownBaselineAh: null,
    lastHealthDay: null,
    openSources: new Set(),
    health: null,
    fadeFleet: null,
    peers: NO_PEERS,
  };
}
