import type { DayState } from "./dayState.ts";
import { OCV_FIRST_SOC, OCV_STEPS, OCV_TABLES } from "./ocv.ts";
import { type Pack, resistanceAt } from "./pack.ts";
import { mix, NOISE, NOISE_MASK } from "./random.ts";
import { at, type KnotPosition, locate, type Segment, type Trace } from "./trace.ts";

/** The physical state of a car at one moment, before sensors and rounding. One object per car, overwritten by every report. */
export interface Reading {
  day: DayState;
  segment: Segment;
  /** Second of the day. */
  atS: number;
  timeMs: number;
  /** Seed of everything random in this report. */
  noiseSeed: number;
  soc: number;
  currentA: number;
  speedKmh: number;
  odometerKm: number;
  packC: number;
  insulationKohm: number;
  readonly cellMv: Float64Array;
  readonly probeC: Float64Array;
  alarmLevel: number;
  alarmFlags: number;
}

/** A car's day ready to be reported from. */
export interface DrivenDay {
  readonly state: DayState;
  readonly trace: Trace;
  /** Capacity of the pack by capacity of each cell: how much faster than the cell's own the pack's charge moves. */
  readonly depthRatio: Float64Array;
}

const NOISE_MV = 0.6;
const PROBE_NOISE_C = 0.15;
const INSULATION_NOISE = 0.03;
const POSITION: KnotPosition = { knot: 0, share: 0 };

/** An empty reading of a car, to be filled by `takeReading`. */
export function blankReading(driven: DrivenDay, segment: Segment): Reading {
  const { cells, probes } = driven.state.car.profile;
  return {
    day: driven.state,
    segment,
    atS: 0,
    timeMs: 0,
    noiseSeed: 0,
    soc: 0,
    currentA: 0,
    speedKmh: 0,
    odometerKm: 0,
    packC: 0,
    insulationKohm: 0,
    cellMv: new Float64Array(cells),
    probeC: new Float64Array(probes),
    alarmLevel: 0,
    alarmFlags: 0,
  };
}

/** Fills a reading with the healthy pack's state at second `atS` of the day; O(cells). */
export function takeReading(into: Reading, pack: Pack, driven: DrivenDay, segment: Segment, atS: number): void {
  const { state, trace } = driven;
  locate(segment, atS, POSITION);
  into.day = state;
  into.segment = segment;
  into.atS = atS;
  into.timeMs = state.startMs + atS * 1000;
  into.noiseSeed = mix(state.seed, atS);
  into.soc = at(trace.soc, POSITION);
  into.currentA = at(trace.currentA, POSITION);
  into.speedKmh = at(trace.speedKmh, POSITION);
  into.odometerKm = at(trace.odometerKm, POSITION);
  into.packC = at(trace.packC, POSITION);
  into.insulationKohm = state.insulationKohm * (1 + INSULATION_NOISE * noiseAt(into.noiseSeed, 500));
  into.alarmLevel = 0;
  into.alarmFlags = 0;
  fillCells(into, pack, driven);
  fillProbes(into, pack);
}

/** A standard normal number that belongs to a report; the same for the same report and slot. */
export function noiseAt(noiseSeed: number, slot: number): number {
  return NOISE[(noiseSeed + slot) & NOISE_MASK] ?? 0;
}

/**
 * V = OCV(SOC of the cell) − I·R(T) + what the board adds + noise. Cells are balanced at full charge, so a smaller cell
 * is emptier than the pack by the difference of depths.
 */
function fillCells(reading: Reading, pack: Pack, driven: DrivenDay): void {
  const table = OCV_TABLES[reading.day.car.profile.chemistry];
  const { cellSocOffset, cellResistanceFactor } = reading.day;
  const { depthRatio } = driven;
  const { readingOffsetMv } = pack;
  const { cellMv, noiseSeed } = reading;
  const depth = 1 - reading.soc;
  const dropMv = 1000 * reading.currentA * pack.cellResistanceOhm * resistanceAt(reading.packC);
  const last = table.length - 2;
  for (let i = 0; i < cellMv.length; i++) {
    const soc = 1 - depth * (depthRatio[i] ?? 1) + (cellSocOffset[i] ?? 0);
    const position = Math.min(Math.max((soc - OCV_FIRST_SOC) * OCV_STEPS, 0), last);
    const index = position | 0;
    const low = table[index] ?? 0;
    const ocv = low + ((table[index + 1] ?? 0) - low) * (position - index);
    const noise = NOISE_MV * (NOISE[(noiseSeed + i) & NOISE_MASK] ?? 0);
    cellMv[i] = ocv - dropMv * (cellResistanceFactor[i] ?? 1) + (readingOffsetMv[i] ?? 0) + noise;
  }
}

function fillProbes(reading: Reading, pack: Pack): void {
  const { probeC, noiseSeed, packC } = reading;
  const warmthC = packC - reading.day.ambientC;
  for (let i = 0; i < probeC.length; i++) {
    const own = (pack.probeOffsetC[i] ?? 0) + 0.15 * warmthC * ((pack.probeHeatShare[i] ?? 1) - 1);
    probeC[i] = packC + own + PROBE_NOISE_C * (NOISE[(noiseSeed + 200 + i) & NOISE_MASK] ?? 0);
  }
}
