import type { SignalValues } from "@bellwether/contracts/signals";
import { type DrivenDay, noiseAt, type Reading } from "./reading.ts";
import { ambientAt } from "./thermal.ts";
import { padWornPct, type WearState } from "./wear.ts";

const AIR_KPA = 101.3;
const KELVIN = 273.15;
const REFERENCE_K = 298.15;
/** Pressure sensors step by 2.75 kPa (0.4 psi) and scatter a little. */
const PRESSURE_STEP_KPA = 2.75;
const PRESSURE_NOISE_KPA = 1;
const TYRE_WARMTH_C = 16;
const TYRE_WARM_UP_S = 900;
const TYRE_COOL_DOWN_S = 4_500;
/** Charge of a 12 V battery when new, Ah, and its open-circuit voltage empty and full (AGM). */
const AUX_AH = 60;
const AUX_EMPTY_V = 11.95;
const AUX_SPAN_V = 0.85;
const AUX_NOISE_V = 0.015;
/** How far it is charged differs from day to day: the converter saves, the drives are short. */
const AUX_WANDER_V = 0.03;
/** A battery just charged reads higher until its acid has mixed. */
const AUX_SURFACE_V = 0.12;
const AUX_SURFACE_H = 1.5;
const AUX_FLOAT_V = 14.1;
/** The car itself recharges its 12 V battery below this while it is parked. */
const AUX_RESCUE_SOC = 0.3;
/** From waking up to the converter's start. */
const WAKE_S = 30;
const PAD_NOISE_PCT = 0.8;
const PORT_K_PER_A2 = 6e-4;
const PORT_WARM_UP_S = 600;
const CHARGER_EFFICIENCY = 0.94;
/** Control units, pumps and converter of a charging car, and what heats its pack in the cold: from the socket, not from the pack. */
const CHARGING_W = 250;
const HEATING_W = 1_500;
const HEATING_BELOW_C = 5;
/** Converters charge a cold battery at a higher voltage, V per kelvin, within limits. */
const RAIL_V_PER_K = 0.012;
const RAIL_SPAN_V = 0.4;

/** Adds what the car's other sensors say: tyres, 12 V, pads, air, coolant and charging port. */
export function senseWear(values: SignalValues, driven: DrivenDay, reading: Reading): void {
  const { wear } = driven.state;
  const ambientC = ambientAt(driven.state.ambientC, reading.atS);
  values.ambientTempC = ambientC + 0.3 * noiseAt(reading.noiseSeed, 700);
  senseTyres(values, driven, reading, ambientC);
  senseAux(values, driven, reading, ambientC);
  sensePads(values, reading, wear);
  senseHeat(values, reading, wear, ambientC);
}

function senseTyres(values: SignalValues, driven: DrivenDay, reading: Reading, ambientC: number): void {
  const { tyreKpa25 } = driven.state.wear;
  const warmth = (ambientC + tyreWarmth(driven, reading) + KELVIN) / REFERENCE_K;
  values.tyrePressureFlKpa = gaugeKpa(tyreKpa25, 0, warmth, reading.noiseSeed);
  values.tyrePressureFrKpa = gaugeKpa(tyreKpa25, 1, warmth, reading.noiseSeed);
  values.tyrePressureRlKpa = gaugeKpa(tyreKpa25, 2, warmth, reading.noiseSeed);
  values.tyrePressureRrKpa = gaugeKpa(tyreKpa25, 3, warmth, reading.noiseSeed);
}

function gaugeKpa(tyreKpa25: Float64Array, wheel: number, warmth: number, noiseSeed: number): number {
  const kpa = ((tyreKpa25[wheel] ?? 0) + AIR_KPA) * warmth - AIR_KPA + PRESSURE_NOISE_KPA * noiseAt(noiseSeed, 710 + wheel);
  return Math.max(PRESSURE_STEP_KPA * Math.round(kpa / PRESSURE_STEP_KPA), 0);
}

/** Rolling warms a tyre, standing cools it. */
function tyreWarmth({ trace }: DrivenDay, { segment, atS }: Reading): number {
  if (segment.kind === "drive") return TYRE_WARMTH_C * (1 - Math.exp(-(atS - segment.startS) / TYRE_WARM_UP_S));
  const last = trace.segments.findLast((one) => one.kind === "drive" && one.endS <= atS);
  if (last === undefined) return 0;
  const warm = TYRE_WARMTH_C * (1 - Math.exp(-(last.endS - last.startS) / TYRE_WARM_UP_S));
  return warm * Math.exp(-(atS - last.endS) / TYRE_COOL_DOWN_S);
}

function senseAux(values: SignalValues, driven: DrivenDay, reading: Reading, ambientC: number): void {
  const { wear } = driven.state;
  const { segment, atS, noiseSeed } = reading;
  const noiseV = wear.auxOffsetV + AUX_NOISE_V * noiseAt(noiseSeed, 720);
  const hours = parkedHours(driven, reading);
  const isWaking = segment.isStarted && atS - segment.startS < WAKE_S;
  const isFed = segment.kind !== "rest" || (segment.isStarted && !isWaking);
  const soc = auxSoc(wear, hours);
  const isRescued = segment.kind === "rest" && !segment.isStarted && soc < AUX_RESCUE_SOC;
  values.dcdcState = isFed || isRescued ? "working" : "disconnected";
  if (isFed || isRescued) {
    const byWeatherV = Math.min(Math.max(RAIL_V_PER_K * (20 - ambientC), -RAIL_SPAN_V), RAIL_SPAN_V);
    values.auxVoltageV = AUX_FLOAT_V + byWeatherV - wear.railLossV - (isRescued ? 0.5 : 0) + noiseV;
    values.auxCurrentA = -2 - 6 * (1 - soc);
    return;
  }
  // Every other wake-up is reported while the contactors close: the dip shows the battery's resistance.
  const isDip = isWaking && noiseSeed % 2 === 0;
  const weakness = 1 - wear.auxCapacityShare;
  const dipV = (0.2 + 0.9 * weakness ** 1.5) * (1 + 0.02 * Math.max(10 - ambientC, 0));
  const surfaceV = AUX_SURFACE_V * Math.exp(-hours / AUX_SURFACE_H);
  const wanderV = AUX_WANDER_V * noiseAt(driven.state.seed, 721);
  values.auxVoltageV = AUX_EMPTY_V + AUX_SPAN_V * soc + surfaceV + wanderV - (isDip ? dipV : 0.04) + noiseV;
  values.auxCurrentA = isDip ? 35 : 1.5;
}

/** State of charge after standing: a worn battery takes less charge, leaks, and its rest lasts less long. */
function auxSoc({ auxCapacityShare, auxSulphation, auxDrainA }: WearState, hours: number): number {
  const weakness = 1 - auxCapacityShare;
  const lostAh = (auxDrainA + 0.15 * weakness) * hours;
  return Math.max(1 - auxSulphation * weakness - lostAh / (AUX_AH * auxCapacityShare), 0);
}

function parkedHours({ trace }: DrivenDay, { segment, atS }: Reading): number {
  if (segment.kind !== "rest") return 0;
  const last = trace.segments.findLast((one) => one.kind !== "rest" && one.endS <= atS);
  return (last === undefined ? trace.idleS + atS : atS - last.endS) / 3600;
}

function sensePads(values: SignalValues, reading: Reading, wear: WearState): void {
  if (!reading.day.car.model.hasPadSensors) return;
  const front = padWornPct(wear, 0, reading.odometerKm);
  const rear = padWornPct(wear, 1, reading.odometerKm);
  values.brakePadFlWornPct = sensedPct(front, reading.noiseSeed, 730);
  values.brakePadFrWornPct = sensedPct(front, reading.noiseSeed, 731);
  values.brakePadRlWornPct = sensedPct(rear, reading.noiseSeed, 732);
  values.brakePadRrWornPct = sensedPct(rear, reading.noiseSeed, 733);
}

function sensedPct(wornPct: number, noiseSeed: number, slot: number): number {
  return Math.min(Math.max(Math.round(wornPct + PAD_NOISE_PCT * noiseAt(noiseSeed, slot)), 0), 100);
}

function senseHeat(values: SignalValues, reading: Reading, wear: WearState, ambientC: number): void {
  const { segment, atS, currentA } = reading;
  const powerW = Math.abs(currentA * (values.packVoltageV ?? 0));
  if (segment.kind === "drive") {
    const extraC = (wear.coolingFactor - 1) * (Math.min(powerW / 1500, 45) + 14);
    values.motorTempsC = values.motorTempsC?.map((tempC) => Math.round((tempC ?? 0) + extraC)) ?? [];
    values.motorControllerTempsC = values.motorControllerTempsC?.map((tempC) => Math.round((tempC ?? 0) + 0.8 * extraC)) ?? [];
    values.coolantTempC = ambientC + wear.coolingFactor * (8 + Math.min(powerW / 3000, 20)) + 0.5 * noiseAt(reading.noiseSeed, 740);
  }
  if (segment.kind !== "charge") return;
  const warmUp = 1 - Math.exp(-(atS - segment.startS) / PORT_WARM_UP_S);
  const besideW = CHARGING_W + (ambientC < HEATING_BELOW_C ? HEATING_W : 0);
  values.chargePowerKw = segment.isDc ? powerW / 1000 : (powerW + besideW) / 1000 / (CHARGER_EFFICIENCY * wear.chargerShare);
  values.chargePortTempC =
    ambientC + 3 + wear.portFactor * PORT_K_PER_A2 * currentA * currentA * warmUp + 0.5 * noiseAt(reading.noiseSeed, 741);
}
