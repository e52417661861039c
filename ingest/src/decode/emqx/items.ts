/**
 * The gateway's JSON as field tables: which key holds which integer of the frame, in the order of the frame.
 * They only say where the bytes go; what the integers mean is in the field tables of the binary codec.
 * Key names follow the gateway's code, not its documentation, which has slips (protocols 2.6, 3.1).
 */
import type { Width } from "../../gbt32960/bytes.ts";
import type { Edition } from "../../gbt32960/frame.ts";

export type Field =
  | { readonly kind: "integer"; readonly key: string; readonly size: Width }
  /** A count and as many entries: integers of a width, or objects. */
  | {
      readonly kind: "list";
      readonly count: string;
      readonly size: Width;
      readonly key: string;
      readonly entry: Width | readonly Field[];
    }
  /** A count BYTE and fault words as hex text. */
  | { readonly kind: "faults"; readonly count: string; readonly key: string }
  /** A length WORD and bytes as hex text. */
  | { readonly kind: "bytes"; readonly length: string; readonly key: string };

export interface ItemShape {
  readonly type: number;
  readonly fields: readonly Field[];
}

const integers =
  (size: Width) =>
  (...keys: readonly string[]): readonly Field[] =>
    keys.map((key) => ({ kind: "integer", key, size }));
const bytes = integers(1);
const words = integers(2);
const longs = integers(4);
const list = (count: string, size: Width, key: string, entry: Width | readonly Field[]): Field => ({
  kind: "list",
  count,
  size,
  key,
  entry,
});
const faults = (device: string): Field => ({ kind: "faults", count: `Fault${device}Num`, key: `Fault${device}List` });

const VEHICLE: readonly Field[] = [
  ...bytes("Status", "Charging", "Mode"),
  ...words("Speed"),
  ...longs("Mileage"),
  ...words("Voltage", "Current"),
  ...bytes("SOC", "DC", "Gear"),
  ...words("Resistance"),
];
const ALARM: readonly Field[] = [
  ...bytes("MaxAlarmLevel"),
  ...longs("GeneralAlarmFlag"),
  ...["ChargeableDevice", "DriveMotor", "Engine", "Others"].map(faults),
];
const HYDROGEN: readonly Field[] = [
  ...words("H_MaxTemp"),
  ...bytes("H_TempProbeCode"),
  ...words("H_MaxConc"),
  ...bytes("H_ConcSensorCode"),
  ...words("H_MaxPress"),
  ...bytes("H_PressSensorCode", "DCStatus"),
];
const MOTOR_HEAD: readonly Field[] = [...bytes("No", "Status", "CtrlTemp"), ...words("Rotating")];

const ITEMS_2016: Readonly<Record<string, ItemShape>> = {
  Vehicle: { type: 0x01, fields: [...VEHICLE, ...bytes("AcceleratorPedal", "BrakePedal")] },
  DriveMotor: {
    type: 0x02,
    fields: [
      list("Number", 1, "Motors", [...MOTOR_HEAD, ...words("Torque"), ...bytes("MotorTemp"), ...words("InputVoltage", "DCBusCurrent")]),
    ],
  },
  FuelCell: {
    type: 0x03,
    fields: [...words("CellVoltage", "CellCurrent", "FuelConsumption"), list("ProbeNum", 2, "ProbeTemps", 1), ...HYDROGEN],
  },
  Engine: { type: 0x04, fields: [...bytes("Status"), ...words("CrankshaftSpeed", "FuelConsumption")] },
  Location: { type: 0x05, fields: [...bytes("Status"), ...longs("Longitude", "Latitude")] },
  Extreme: {
    type: 0x06,
    fields: [
      ...bytes("MaxVoltageBatterySubsysNo", "MaxVoltageBatteryCode"),
      ...words("MaxBatteryVoltage"),
      ...bytes("MinVoltageBatterySubsysNo", "MinVoltageBatteryCode"),
      ...words("MinBatteryVoltage"),
      ...bytes("MaxTempSubsysNo", "MaxTempProbeNo", "MaxTemp", "MinTempSubsysNo", "MinTempProbeNo", "MinTemp"),
    ],
  },
  Alarm: { type: 0x07, fields: ALARM },
  ChargeableVoltage: {
    type: 0x08,
    fields: [
      list("Number", 1, "SubSystems", [
        ...bytes("ChargeableSubsysNo"),
        ...words("ChargeableVoltage", "ChargeableCurrent", "CellsTotal", "FrameCellsIndex"),
        list("FrameCellsCount", 1, "CellsVoltage", 2),
      ]),
    ],
  },
  ChargeableTemp: {
    type: 0x09,
    fields: [list("Number", 1, "SubSystems", [...bytes("ChargeableSubsysNo"), list("ProbeNum", 2, "ProbesTemp", 1)])],
  },
};

const ITEMS_2025: Readonly<Record<string, ItemShape>> = {
  Vehicle: { type: 0x01, fields: VEHICLE },
  DriveMotor: { type: 0x02, fields: [list("Number", 1, "Motors", [...MOTOR_HEAD, ...longs("Torque"), ...bytes("MotorTemp")])] },
  FuelCell: { type: 0x03, fields: [...HYDROGEN, ...bytes("RemainingH2", "DCDCTemp")] },
  Engine: { type: 0x04, fields: words("CrankshaftSpeed") },
  Location: { type: 0x05, fields: [...bytes("Status", "CoordinateSystem"), ...longs("Longitude", "Latitude")] },
  Alarm: { type: 0x06, fields: [...ALARM, list("FaultGeneralNum", 1, "FaultGeneralList", bytes("No", "Level"))] },
  MinVoltageOfPowerBattery: {
    type: 0x07,
    fields: [
      list("Number", 1, "SubSystems", [
        ...bytes("BatteryPackNo"),
        ...words("BatteryPackVoltage", "BatteryPackCurrent"),
        list("MinParallelUnitTotal", 2, "MinParallelUnitVoltage", 2),
      ]),
    ],
  },
  TempOfPowerBattery: {
    type: 0x08,
    fields: [list("Number", 1, "SubSystems", [...bytes("BatteryPackNo"), list("ProbeNum", 2, "ProbesTemp", 1)])],
  },
  FuelCellStack: {
    type: 0x30,
    fields: [
      list("Number", 1, "Stacks", [
        ...bytes("FuelCellStackNo"),
        ...words("Voltage", "Current", "H2InletPressure", "AirInletPressure"),
        ...bytes("AirInletTemp"),
        list("StackProbeNum", 2, "StackProbeTemp", 1),
      ]),
    ],
  },
  SuperCapacitor: {
    type: 0x31,
    fields: [
      ...bytes("ManagerSysNo"),
      ...words("TotalVoltage", "TotalCurrent"),
      list("CellsTotal", 2, "CellsVoltage", 2),
      list("ProbeNum", 2, "ProbeTemp", 1),
    ],
  },
  SuperCapacitorExtreme: {
    type: 0x32,
    fields: ["MaxVoltage", "MinVoltage"]
      .flatMap((which) => [...bytes(`${which}ManagerSysNo`), ...words(`${which}CellCode`, `${which}CellValue`)])
      .concat(
        ["MaxTemp", "MinTemp"].flatMap((which) => [
          ...bytes(`${which}ManagerSysNo`),
          ...words(`${which}ProbeCode`),
          ...bytes(`${which}Value`),
        ]),
      ),
  },
  Signature: {
    type: 0xff,
    fields: [
      ...bytes("SignatureType"),
      { kind: "bytes", length: "RLength", key: "RValue" },
      { kind: "bytes", length: "SLength", key: "SValue" },
    ],
  },
};

/** By edition, then by the gateway's name of the item. */
export const ITEM_SHAPES: Readonly<Record<Edition, Readonly<Record<string, ItemShape>>>> = { 2016: ITEMS_2016, 2025: ITEMS_2025 };
/** The first type the gateway does not know, and everything behind it, as base64 under `Data`. */
export const CUSTOM_DATA = "CustomData";
