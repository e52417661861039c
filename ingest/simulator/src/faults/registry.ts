import type { Car, VehicleProfile } from "../profile.ts";
import { createRandom, mix, type Random } from "../random.ts";
import type { PlantedFault } from "../truth.ts";
import { capacityFade } from "./capacityFade.ts";
import { cellLeak } from "./cellLeak.ts";
import { currentOffset } from "./currentOffset.ts";
import { failingCharges } from "./failingCharges.ts";
import type { FaultKind } from "./fault.ts";
import { hotChargePort } from "./hotChargePort.ts";
import { insulationDecline } from "./insulationDecline.ts";
import { insulationRamp } from "./insulationRamp.ts";
import { makerAlarmBursts } from "./makerAlarmBursts.ts";
import { makerAlarmStop } from "./makerAlarmStop.ts";
import { moduleHeating } from "./moduleHeating.ts";
import { overTemperature } from "./overTemperature.ts";
import { overVoltage } from "./overVoltage.ts";
import { parasiticDrain } from "./parasiticDrain.ts";
import { parkedHeating } from "./parkedHeating.ts";
import { probeSensor } from "./probeSensor.ts";
import { resistanceGrowth } from "./resistanceGrowth.ts";
import { resistanceRise } from "./resistanceRise.ts";
import { slowTyreLeak } from "./slowTyreLeak.ts";
import { steadyLeak } from "./steadyLeak.ts";
import { underVoltage } from "./underVoltage.ts";
import { weakAuxBattery } from "./weakAuxBattery.ts";
import { weakCell } from "./weakCell.ts";
import { weakCharger } from "./weakCharger.ts";
import { weakConverter } from "./weakConverter.ts";
import { weakCooling } from "./weakCooling.ts";
import { wornBrakePads } from "./wornBrakePads.ts";

/** Every kind of fault, in the order in which a fleet receives them: a small fleet gets the first ones. */
export const FAULT_KINDS: readonly FaultKind[] = [
  cellLeak,
  insulationRamp,
  resistanceGrowth,
  capacityFade,
  makerAlarmBursts,
  overTemperature,
  weakCell,
  overVoltage,
  parkedHeating,
  underVoltage,
  makerAlarmStop,
  probeSensor,
  steadyLeak,
  resistanceRise,
  insulationDecline,
  moduleHeating,
  currentOffset,
  slowTyreLeak,
  weakAuxBattery,
  wornBrakePads,
  parasiticDrain,
  weakCooling,
  hotChargePort,
  weakCharger,
  weakConverter,
  failingCharges,
];

/** A fault in a car together with the kind that acts it out. */
export interface CarFault {
  readonly kind: FaultKind;
  readonly fault: PlantedFault;
}

export interface PlantingWish {
  readonly seed: number;
  /** Share of the cars that get a fault, one each. */
  readonly share: number;
  readonly startMs: number;
  readonly days: number;
  /** Only these kinds, each as often as the others; all when absent. */
  readonly kinds?: readonly string[];
}

/** Plants faults in a seeded choice of cars, kind after kind, each in the next chosen car it suits; at most one per car. */
export function plantFaults(cars: readonly Car[], wish: PlantingWish): ReadonlyMap<VehicleProfile, CarFault> {
  const waiting = shuffle(cars, createRandom(mix(wish.seed, 71)));
  const planted = new Map<VehicleProfile, CarFault>();
  const kinds = FAULT_KINDS.filter(({ kind }) => wish.kinds?.includes(kind) ?? true);
  const wanted = Math.round(cars.length * wish.share);
  for (let i = 0; i < wanted; i++) {
    const kind = kinds[i % kinds.length];
    const place = waiting.findIndex((car) => kind !== undefined && (kind.suits?.(car.profile) ?? true));
    const [car] = place < 0 ? [] : waiting.splice(place, 1);
    if (kind === undefined || car === undefined) continue;
    const site = { profile: car.profile, random: createRandom(mix(car.seed, 72)), startMs: wish.startMs, days: wish.days };
    planted.set(car.profile, { kind, fault: { vin: car.profile.vin, kind: kind.kind, component: kind.component, ...kind.plant(site) } });
  }
  return planted;
}

function shuffle<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((entry) => ({ entry, at: random.unit() }))
    .sort((a, b) => a.at - b.at)
    .map(({ entry }) => entry);
}
