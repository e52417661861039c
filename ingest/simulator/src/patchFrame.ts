/**
 * Rewrites the numbers of an encoded report in place. The codec encodes a car's first report of a layout; all later
 * ones are copies with new numbers, which is some six times faster and lets one core back-fill a fleet's months
 * while it decodes and inserts them. A test holds the result equal to the codec's, byte for byte.
 */
import type { SignalValues } from "@bellwether/contracts/signals";
import { blockCheck, COMMANDS, type Edition, OFFSETS } from "@bellwether/ingest/gbt32960/frame";
import { timeBytes } from "@bellwether/ingest/gbt32960/time";
import type { FrameLayout } from "./frameLayout.ts";
import { patchMakerItem } from "./makerItem.ts";

export interface ReportHead {
  readonly edition: Edition;
  readonly eventTimeMs: number;
  readonly isReissue: boolean;
}

const INVALID_WORD = 0xffff;
const PACK_CURRENT_OFFSET_A = { 2016: 1000, 2025: 3000 } as const;
const MOTOR_SPEED_OFFSET = { 2016: 20_000, 2025: 32_000 } as const;
const TEMP_OFFSET_C = 40;
const BRAKING_BIT = 0x10;
const GEAR_CODES: Partial<Record<string, number>> = { N: 0, D: 14, P: 15 };
const CHARGE_CODES = { parked_charging: 1, driving_charging: 2, not_charging: 3, complete: 4 } as const;

/** Writes a report's numbers over those in `frame`, whose layout and texts must be those of the same car and state. */
export function patchFrame(frame: Buffer, layout: FrameLayout, head: ReportHead, values: SignalValues): void {
  const currentRaw = Math.round((values.packCurrentA ?? 0) * 10) + 10 * PACK_CURRENT_OFFSET_A[head.edition];
  frame[OFFSETS.command] = head.isReissue ? COMMANDS.reissue : COMMANDS.report;
  frame.set(timeBytes(head.eventTimeMs), layout.timeAt);
  patchVehicle(frame, layout.vehicleAt, head.edition, values, currentRaw);
  if (layout.motorAt >= 0) patchMotor(frame, layout.motorAt, head.edition, values, currentRaw);
  patchPosition(frame, layout.positionAt, head.edition, values);
  if (layout.extremeAt >= 0) patchExtremes(frame, layout.extremeAt, values);
  frame[layout.alarmAt + 1] = values.alarmLevel ?? 0;
  writeLong(frame, layout.alarmAt + 2, values.alarmFlags ?? 0);
  patchCells(frame, layout, values, currentRaw);
  patchMakerItem(frame, layout.makerAt, values);
  const checkAt = layout.length - 1;
  frame[checkAt] = blockCheck(frame, OFFSETS.command, checkAt);
}

function patchVehicle(frame: Buffer, at: number, edition: Edition, values: SignalValues, currentRaw: number): void {
  frame[at + 1] = values.vehicleState === "started" ? 1 : 2;
  frame[at + 2] = CHARGE_CODES[values.chargeState ?? "not_charging"];
  writeWord(frame, at + 4, Math.round((values.speedKmh ?? 0) * 10));
  writeLong(frame, at + 6, Math.round((values.odometerKm ?? 0) * 10));
  writeWord(frame, at + 10, Math.round((values.packVoltageV ?? 0) * 10));
  writeWord(frame, at + 12, currentRaw);
  frame[at + 14] = values.socPct ?? 0;
  frame[at + 15] = values.dcdcState === "working" ? 1 : 2;
  frame[at + 16] = (GEAR_CODES[values.gear ?? "N"] ?? 0) | (values.brakeOn === true ? BRAKING_BIT : 0);
  writeWord(frame, at + 17, values.insulationKohm ?? 0);
  if (edition === 2025) return;
  frame[at + 19] = values.acceleratorPct ?? 0;
  frame[at + 20] = values.brakePct ?? 0;
}

function patchMotor(frame: Buffer, at: number, edition: Edition, values: SignalValues, currentRaw: number): void {
  const speed = values.motorSpeedsRpm?.[0] ?? 0;
  const torque = values.motorTorquesNm?.[0] ?? 0;
  frame[at + 3] = motorStateCode(speed, torque);
  frame[at + 4] = (values.motorControllerTempsC?.[0] ?? 0) + TEMP_OFFSET_C;
  writeWord(frame, at + 5, Math.round(speed) + MOTOR_SPEED_OFFSET[edition]);
  if (edition === 2025) writeLong(frame, at + 7, Math.round(torque * 10) + 200_000);
  else writeWord(frame, at + 7, Math.round(torque * 10) + 20_000);
  const afterTorque = at + (edition === 2025 ? 11 : 9);
  frame[afterTorque] = (values.motorTempsC?.[0] ?? 0) + TEMP_OFFSET_C;
  if (edition === 2025) return;
  writeWord(frame, afterTorque + 1, Math.round((values.packVoltageV ?? 0) * 10));
  writeWord(frame, afterTorque + 3, currentRaw);
}

/** 1 consuming, 2 generating, 3 off, 4 ready; the codec tells it from torque and speed in the same way. */
function motorStateCode(speed: number, torque: number): number {
  if (torque === 0) return speed === 0 ? 3 : 4;
  return torque * speed < 0 ? 2 : 1;
}

function patchPosition(frame: Buffer, at: number, edition: Edition, values: SignalValues): void {
  const longitudeAt = at + (edition === 2025 ? 3 : 2);
  writeLong(frame, longitudeAt, Math.round((values.longitudeDeg ?? 0) * 1_000_000));
  writeLong(frame, longitudeAt + 4, Math.round((values.latitudeDeg ?? 0) * 1_000_000));
}

function patchExtremes(frame: Buffer, at: number, values: SignalValues): void {
  frame[at + 2] = values.cellVoltageMaxIndex ?? 0;
  writeWord(frame, at + 3, Math.round((values.cellVoltageMaxV ?? 0) * 1000));
  frame[at + 6] = values.cellVoltageMinIndex ?? 0;
  writeWord(frame, at + 7, Math.round((values.cellVoltageMinV ?? 0) * 1000));
  frame[at + 10] = values.probeTempMaxIndex ?? 0;
  frame[at + 11] = (values.probeTempMaxC ?? 0) + TEMP_OFFSET_C;
  frame[at + 13] = values.probeTempMinIndex ?? 0;
  frame[at + 14] = (values.probeTempMinC ?? 0) + TEMP_OFFSET_C;
}

function patchCells(frame: Buffer, layout: FrameLayout, values: SignalValues, currentRaw: number): void {
  writeWord(frame, layout.packAt, Math.round((values.packVoltageV ?? 0) * 10));
  writeWord(frame, layout.packAt + 2, currentRaw);
  let at = layout.cellsAt;
  for (const voltageV of values.cellVoltagesV ?? []) {
    writeWord(frame, at, voltageV === null ? INVALID_WORD : Math.round(voltageV * 1000));
    at += 2;
  }
  at = layout.probesAt;
  for (const tempC of values.probeTempsC ?? []) frame[at++] = (tempC ?? 0) + TEMP_OFFSET_C;
}

function writeWord(frame: Buffer, at: number, raw: number): void {
  frame[at] = raw >>> 8;
  frame[at + 1] = raw & 0xff;
}

function writeLong(frame: Buffer, at: number, raw: number): void {
  writeWord(frame, at, raw >>> 16);
  writeWord(frame, at + 2, raw & 0xffff);
}
