import { MAKER_ITEM_BYTES } from "./makerItem.ts";
import type { VehicleProfile } from "./profile.ts";

/** Offsets in a report frame of this simulator, whose items and their order never change for a car and state. */
export interface FrameLayout {
  readonly timeAt: number;
  readonly vehicleAt: number;
  /** -1 where the report has no motor item. */
  readonly motorAt: number;
  readonly positionAt: number;
  /** -1 in the 2025 edition, which has no extreme values. */
  readonly extremeAt: number;
  readonly alarmAt: number;
  /** Pack voltage and current stand before the cells. */
  readonly packAt: number;
  readonly cellsAt: number;
  readonly probesAt: number;
  /** The maker's own item behind all others. */
  readonly makerAt: number;
  readonly length: number;
}

const HEADER = 24;
const TIME = 6;
/** Bytes of the items with their type byte, one motor and one pack, empty fault lists. */
const ITEM_BYTES = {
  2016: { vehicle: 21, motor: 14, position: 10, extreme: 15, alarm: 10, packHead: 3, cellsHead: 12, probesHead: 5 },
  2025: { vehicle: 19, motor: 12, position: 11, extreme: 0, alarm: 11, packHead: 3, cellsHead: 9, probesHead: 5 },
} as const;

/** Where the fields of a car's report are; with motors when the car is switched on. */
export function layoutOf({ edition, cells, probes }: VehicleProfile, hasMotors: boolean): FrameLayout {
  const size = ITEM_BYTES[edition];
  const vehicleAt = HEADER + TIME;
  const motorAt = vehicleAt + size.vehicle;
  const positionAt = motorAt + (hasMotors ? size.motor : 0);
  const extremeAt = positionAt + size.position;
  const alarmAt = extremeAt + size.extreme;
  const cellItemAt = alarmAt + size.alarm;
  const cellsAt = cellItemAt + size.cellsHead;
  const probesAt = cellsAt + 2 * cells + size.probesHead;
  return {
    timeAt: HEADER,
    vehicleAt,
    motorAt: hasMotors ? motorAt : -1,
    positionAt,
    extremeAt: edition === 2016 ? extremeAt : -1,
    alarmAt,
    packAt: cellItemAt + size.packHead,
    cellsAt,
    probesAt,
    makerAt: probesAt + probes,
    length: probesAt + probes + MAKER_ITEM_BYTES + 1,
  };
}
