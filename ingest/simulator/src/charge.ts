import { addSegment, cellHeadroomA, type LiveDay, packOcvV } from "./liveDay.ts";

export interface ChargeWish {
  /** As a fraction; 1 is full. */
  readonly targetSoc: number;
  readonly isDc: boolean;
  /** The plug is pulled at this second of the day whatever the charge. */
  readonly latestS: number;
}

const MAX_C_RATE = 1.2;
/** In the cold lithium would plate; makers hold the rate down. */
const COLD_BELOW_C = 10;
const COLD_C_RATE = 0.3;
const TAPER_FROM_SOC = 0.97;

/** Charges until the target, or until the plug is pulled; returns whether the target was reached. */
export function charge(live: LiveDay, wish: ChargeWish): boolean {
  const { acKw, dcKw } = live.day.car.habits;
  const kw = wish.isDc ? dcKw : acKw;
  const isDone = (): boolean => live.soc >= wish.targetSoc - 0.001;
  addSegment(live, { kind: "charge", knotStepS: wish.isDc ? 60 : 120, isDc: wish.isDc }, (knot) => {
    if (knot > 0 && (isDone() || live.nowS >= wish.latestS)) return null;
    return { currentA: -chargeCurrentA(live, kw), speedKmh: 0 };
  });
  return isDone();
}

/** What the pack takes, A: what the charger gives, less in the cold and near the end. */
function chargeCurrentA(live: LiveDay, kw: number): number {
  const maxRate = live.packC < COLD_BELOW_C ? COLD_C_RATE : MAX_C_RATE * fastTaper(live.soc);
  const wantedA = Math.min((kw * 1000) / packOcvV(live), maxRate * live.capacityAh, cellHeadroomA(live));
  return wantedA * Math.min(Math.max((1.005 - live.soc) / (1.005 - TAPER_FROM_SOC), 0.1), 1);
}

/** Fast charging steps down as the pack fills. */
function fastTaper(soc: number): number {
  if (soc < 0.55) return 1;
  if (soc < 0.8) return 0.7;
  return soc < 0.9 ? 0.35 : 0.2;
}
