/** From a vehicle's signals to frames: what a terminal would send. The inverse of toSample. */
import type { DtcReading } from "@bellwether/contracts/sample";
import type { SignalValues } from "@bellwether/contracts/signals";
import { alarmItem } from "./encodeAlarm.ts";
import { cellItems, temperatureItem } from "./encodeCells.ts";
import { engineItem, extremeItem, hydrogenItem, motorItem, positionItem, stackItem, vehicleItem } from "./encodeItems.ts";
import { ACK_COMMAND, COMMANDS, type Edition, ENCRYPTION_NONE, writeFrame } from "./frame.ts";
import { type ReportItem, writeReport } from "./report.ts";

/** One moment of one vehicle, in canonical units. */
export interface VehicleReport {
  readonly edition: Edition;
  /** Up to 17 ASCII characters. */
  readonly vin: string;
  /** Whole seconds survive, ms since 1970 UTC. */
  readonly eventTimeMs: number;
  /** Sent as a stored report (command 3). */
  readonly isReissue?: boolean;
  /**
   * An item (vehicle, motors, position, extremes, alarm, cells, temperatures, fuel cell, engine) is sent when at least one
   * of its signals is present; its absent signals are sent as "invalid". Values beyond a field's range are sent as "abnormal".
   */
  readonly values: Readonly<SignalValues>;
  /** GB/T fault words and flags with a level (2025) for the alarm item. */
  readonly dtcs?: readonly DtcReading[];
}

/**
 * Encodes one report as frames: one, or in the 2016 edition one per 200 cells with the same collection time
 * (all other items go into the first). One pack, numbered 1.
 */
export function encodeReport(report: VehicleReport): Buffer[] {
  const { edition, vin } = report;
  const command = report.isReissue === true ? COMMANDS.reissue : COMMANDS.report;
  const header = { edition, command, ack: ACK_COMMAND, vin, encryption: ENCRYPTION_NONE };
  return itemsPerFrame(report).map((infos) => writeFrame(header, writeReport({ time_utc: report.eventTimeMs, infos }, edition)));
}

function itemsPerFrame({ edition, values, dtcs = [] }: VehicleReport): (readonly ReportItem[])[] {
  const [cells, ...laterCells] = cellItems(edition, values);
  const items = [
    vehicleItem(edition, values),
    motorItem(edition, values),
    hydrogenItem(edition, values),
    engineItem(edition, values),
    positionItem(edition, values),
    edition === 2016 ? extremeItem(values) : null,
    alarmItem(edition, values, dtcs),
    cells ?? null,
    temperatureItem(edition, values),
    edition === 2025 ? stackItem(values) : null,
  ];
  return [items.filter((one) => one !== null), ...laterCells.map((one) => [one])];
}
