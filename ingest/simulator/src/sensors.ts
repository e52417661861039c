import type { SignalValues } from "@bellwether/contracts/signals";
import { shownSocPct } from "./dayState.ts";
import { mixUnit } from "./random.ts";
import { type DrivenDay, noiseAt, type Reading } from "./reading.ts";
import { senseWear } from "./senseWear.ts";

/** One report in this many carries one impossible cell reading: 0 V or no number at all. */
const CELL_GLITCH = 0.001;
const CURRENT_NOISE_A = 0.1;
const MOTOR_RPM_PER_KMH = 82;
const KM_PER_DEGREE = 111.2;

/** What the car's sensors and its management system make of the physical state, in the catalogue's signals and units. */
export function senseReport(driven: DrivenDay, reading: Reading): SignalValues {
  const { car } = driven.state;
  const { segment } = reading;
  const isOn = segment.kind === "drive" || segment.isStarted;
  const cells = senseCells(reading);
  const values: SignalValues = {
    vehicleState: isOn ? "started" : "off",
    chargeState: chargeStateOf(reading),
    runMode: "electric",
    gear: segment.kind === "drive" ? "D" : "P",
    speedKmh: reading.speedKmh,
    odometerKm: reading.odometerKm,
    packVoltageV: cells.sumMv / 1000,
    packCurrentA: reading.currentA * car.currentGain + car.currentOffsetA + CURRENT_NOISE_A * noiseAt(reading.noiseSeed, 600),
    socPct: shownSocPct(driven.state, reading.soc),
    dcdcState: isOn || segment.kind === "charge" ? "working" : "disconnected",
    insulationKohm: Math.round(Math.min(reading.insulationKohm, car.model.insulationCapKohm)),
    acceleratorPct: 0,
    brakePct: 0,
    brakeOn: false,
    alarmLevel: reading.alarmLevel,
    alarmFlags: reading.alarmFlags >>> 0,
    cellVoltagesV: cells.voltagesV,
  };
  senseProbes(values, reading);
  sensePosition(values, driven, reading);
  // The standard leaves motors out while the car is parked and charges.
  if (isOn) senseDrive(values, reading);
  senseWear(values, driven, reading);
  if (car.profile.edition === 2016) {
    values.cellVoltageMaxV = cells.maxMv / 1000;
    values.cellVoltageMaxIndex = cells.maxAt;
    values.cellVoltageMinV = cells.minMv / 1000;
    values.cellVoltageMinIndex = cells.minAt;
  }
  return values;
}

function chargeStateOf({ segment }: Reading): "parked_charging" | "complete" | "not_charging" {
  if (segment.kind === "charge") return "parked_charging";
  return segment.isComplete ? "complete" : "not_charging";
}

interface SensedCells {
  readonly voltagesV: (number | null)[];
  readonly sumMv: number;
  readonly maxMv: number;
  readonly maxAt: number;
  readonly minMv: number;
  readonly minAt: number;
}

/** Cells in whole millivolts; a single impossible reading now and then, which the extremes do not take up. */
function senseCells(reading: Reading): SensedCells {
  const { cellMv } = reading;
  const voltagesV = new Array<number | null>(cellMv.length);
  let sumMv = 0;
  let maxAt = 0;
  let minAt = 0;
  for (let i = 0; i < cellMv.length; i++) {
    const mv = cellMv[i] ?? 0;
    sumMv += mv;
    if (mv > (cellMv[maxAt] ?? 0)) maxAt = i;
    if (mv < (cellMv[minAt] ?? 0)) minAt = i;
    voltagesV[i] = Math.round(mv) / 1000;
  }
  spoilCells(voltagesV, reading);
  return { voltagesV, sumMv, maxMv: cellMv[maxAt] ?? 0, maxAt: maxAt + 1, minMv: cellMv[minAt] ?? 0, minAt: minAt + 1 };
}

function spoilCells(voltagesV: (number | null)[], { segment, day, noiseSeed }: Reading): void {
  const isAsleep = segment.kind === "rest" && !segment.isStarted && !segment.isComplete;
  if (isAsleep && day.car.model.hidesCellsWhenOff) {
    voltagesV.fill(null);
    return;
  }
  const chance = mixUnit(noiseSeed, 42);
  if (chance < CELL_GLITCH) voltagesV[Math.floor((chance / CELL_GLITCH) * voltagesV.length)] = noiseSeed % 2 === 0 ? 0 : null;
}

function senseProbes(values: SignalValues, { probeC, day }: Reading): void {
  const probeTempsC = new Array<number>(probeC.length);
  let maxAt = 0;
  let minAt = 0;
  for (let i = 0; i < probeC.length; i++) {
    const whole = Math.round(probeC[i] ?? 0);
    probeTempsC[i] = whole;
    if (whole > (probeTempsC[maxAt] ?? 0)) maxAt = i;
    if (whole < (probeTempsC[minAt] ?? 0)) minAt = i;
  }
  values.probeTempsC = probeTempsC;
  if (day.car.profile.edition === 2025) return;
  values.probeTempMaxC = probeTempsC[maxAt] ?? 0;
  values.probeTempMaxIndex = maxAt + 1;
  values.probeTempMinC = probeTempsC[minAt] ?? 0;
  values.probeTempMinIndex = minAt + 1;
}

/** The day's way leads straight out from home, and back over its second half. */
function sensePosition(values: SignalValues, { state, trace }: DrivenDay, reading: Reading): void {
  const { homeLatitudeDeg, homeLongitudeDeg } = state.car;
  const goneKm = reading.odometerKm - (trace.odometerKm[0] ?? reading.odometerKm);
  const leftKm = trace.end.odometerKm - reading.odometerKm;
  const outDeg = Math.max(Math.min(goneKm, leftKm), 0) / KM_PER_DEGREE;
  values.latitudeDeg = homeLatitudeDeg + outDeg * Math.cos(state.headingRad);
  values.longitudeDeg = homeLongitudeDeg + outDeg * Math.sin(state.headingRad);
}

function senseDrive(values: SignalValues, reading: Reading): void {
  const rpm = Math.round(reading.speedKmh * MOTOR_RPM_PER_KMH);
  const powerW = reading.currentA * (values.packVoltageV ?? 0);
  const torqueNm = rpm < 50 ? 0 : Math.min(Math.max((0.9 * powerW) / ((rpm * Math.PI) / 30), -250), 310);
  const warmC = reading.packC + Math.min(Math.abs(powerW) / 1500, 45);
  values.motorSpeedsRpm = [rpm];
  values.motorTorquesNm = [torqueNm];
  values.motorTempsC = [Math.round(warmC + 12)];
  values.motorControllerTempsC = [Math.round(warmC + 5)];
  values.acceleratorPct = Math.round(Math.min(Math.max(reading.currentA / 3, 0), 100));
  values.brakeOn = reading.currentA < -15;
  values.brakePct = reading.currentA < -15 ? Math.round(Math.min(-reading.currentA / 3, 100)) : 0;
}
