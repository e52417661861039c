/**
 * The signal catalogue: the one source for telemetry columns, decoder targets, plausible ranges,
 * API documentation and the generated page docs/signals.md.
 *
 * Canonical units are SI-like (V, A, °C, km, kΩ, kPa, %). Pack current is positive in discharge.
 * A missing value is absent here and NULL in the table, never 0 and never a sentinel.
 */

/** How a signal is stored. Enum values are stored as Enum8 numbered from 1 in the order given here. */
export type SignalKind = "uint8" | "uint16" | "uint32" | "float32" | "float64" | "bool" | "enum" | "float32[]";

/** Where each payload format carries the signal; an absent key means the format does not carry it. */
export interface CarriedBy {
  /** GB/T 32960.3-2016: information type in hex and field, e.g. "01 total voltage". */
  readonly gbt2016?: string;
  readonly gbt2025?: string;
  /** EMQX gateway JSON: item type and key. */
  readonly emqx?: string;
  /** Tesla fleet-telemetry field name. */
  readonly tesla?: string;
}

export interface SignalDefinition {
  readonly kind: SignalKind;
  /** Canonical unit; "" for a signal without one. */
  readonly unit: string;
  /** Plausible range, both ends included, in the canonical unit; values outside are stored as NULL with a quality mark. */
  readonly range?: readonly [min: number, max: number];
  readonly values?: readonly string[];
  /** VSS 6.0 path without the leading "Vehicle.", or null where VSS has no such signal. */
  readonly vss: string | null;
  readonly carriedBy: CarriedBy;
  readonly sentence: string;
}

const defineSignals = <const T extends Record<string, SignalDefinition>>(signals: T): T => signals;

const BATTERY = "Powertrain.TractionBattery";

export const SIGNALS = defineSignals({
  vehicleState: {
    kind: "enum",
    unit: "",
    values: ["started", "off", "other"],
    vss: "LowVoltageSystemState",
    carriedBy: { gbt2016: "01 vehicle state", gbt2025: "01 vehicle state", emqx: "Vehicle.Status" },
    sentence: "Whether the vehicle is started, switched off, or in another state.",
  },
  chargeState: {
    kind: "enum",
    unit: "",
    values: ["parked_charging", "driving_charging", "not_charging", "complete"],
    vss: `${BATTERY}.Charging.IsCharging`,
    carriedBy: { gbt2016: "01 charge state", gbt2025: "01 charge state", emqx: "Vehicle.Charging", tesla: "DetailedChargeState" },
    sentence: "Whether the pack is being charged, and whether the charge is complete.",
  },
  runMode: {
    kind: "enum",
    unit: "",
    values: ["electric", "hybrid", "fuel"],
    vss: null,
    carriedBy: { gbt2016: "01 run mode", gbt2025: "01 run mode", emqx: "Vehicle.Mode" },
    sentence: "The energy source the vehicle is running on.",
  },
  gear: {
    kind: "enum",
    unit: "",
    values: ["N", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "R", "D", "P"],
    vss: "Powertrain.Transmission.CurrentGear",
    carriedBy: { gbt2016: "01 gear", gbt2025: "01 gear", emqx: "Vehicle.Gear", tesla: "Gear" },
    sentence: "The selected gear.",
  },
  speedKmh: {
    kind: "float32",
    unit: "km/h",
    range: [0, 300],
    vss: "Speed",
    carriedBy: { gbt2016: "01 speed", gbt2025: "01 speed", emqx: "Vehicle.Speed", tesla: "VehicleSpeed" },
    sentence: "Road speed.",
  },
  odometerKm: {
    kind: "float64",
    unit: "km",
    range: [0, 2_000_000],
    vss: "TraveledDistance",
    carriedBy: { gbt2016: "01 odometer", gbt2025: "01 odometer", emqx: "Vehicle.Mileage", tesla: "Odometer" },
    sentence: "Distance driven since new.",
  },
  packVoltageV: {
    kind: "float32",
    unit: "V",
    range: [0, 1500],
    vss: `${BATTERY}.CurrentVoltage`,
    carriedBy: { gbt2016: "01 total voltage", gbt2025: "01 total voltage", emqx: "Vehicle.Voltage", tesla: "PackVoltage" },
    sentence: "Voltage of the traction battery at its terminals.",
  },
  packCurrentA: {
    kind: "float32",
    unit: "A",
    range: [-2000, 2000],
    vss: `${BATTERY}.CurrentCurrent`,
    carriedBy: { gbt2016: "01 total current", gbt2025: "01 total current", emqx: "Vehicle.Current", tesla: "PackCurrent" },
    sentence: "Current of the traction battery, positive in discharge (VSS counts the other way).",
  },
  socPct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: `${BATTERY}.StateOfCharge.Displayed`,
    carriedBy: { gbt2016: "01 SOC", gbt2025: "01 SOC", emqx: "Vehicle.SOC", tesla: "Soc" },
    sentence: "State of charge as the battery management system shows it; whole percents in GB/T 32960.",
  },
  dcdcState: {
    kind: "enum",
    unit: "",
    values: ["working", "disconnected"],
    vss: null,
    carriedBy: { gbt2016: "01 DC-DC state", gbt2025: "01 DC-DC state", emqx: "Vehicle.DC" },
    sentence: "Whether the converter that feeds the 12 V network works.",
  },
  insulationKohm: {
    kind: "float32",
    unit: "kΩ",
    range: [0, 65_000],
    vss: null,
    carriedBy: {
      gbt2016: "01 insulation resistance",
      gbt2025: "01 insulation resistance",
      emqx: "Vehicle.Resistance",
      tesla: "IsolationResistance",
    },
    sentence: "Resistance between the high-voltage circuit and the body; makers often cap the value.",
  },
  acceleratorPct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: "Chassis.Accelerator.PedalPosition",
    carriedBy: { gbt2016: "01 accelerator", emqx: "Vehicle.AcceleratorPedal" },
    sentence: "Travel of the accelerator pedal.",
  },
  brakePct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: "Chassis.Brake.PedalPosition",
    carriedBy: { gbt2016: "01 brake", emqx: "Vehicle.BrakePedal", tesla: "BrakePedalPos" },
    sentence: "Travel of the brake pedal; NULL where the car only says that it is braking.",
  },
  brakeOn: {
    kind: "bool",
    unit: "",
    vss: null,
    carriedBy: { gbt2016: "01 brake = 101, or gear bit 4", gbt2025: "01 gear bit 4" },
    sentence: "Whether braking force is applied.",
  },
  motorControllerTempsC: {
    kind: "float32[]",
    unit: "°C",
    range: [-40, 250],
    vss: null,
    carriedBy: {
      gbt2016: "02 controller temperature",
      gbt2025: "02 controller temperature",
      emqx: "DriveMotor.CtrlTemp",
      tesla: "DiInverterTR",
    },
    sentence: "Temperature of each drive-motor controller.",
  },
  motorTempsC: {
    kind: "float32[]",
    unit: "°C",
    range: [-40, 250],
    vss: "Powertrain.ElectricMotor.Temperature",
    carriedBy: { gbt2016: "02 motor temperature", gbt2025: "02 motor temperature", emqx: "DriveMotor.MotorTemp", tesla: "DiStatorTempR" },
    sentence: "Temperature of each drive motor.",
  },
  motorSpeedsRpm: {
    kind: "float32[]",
    unit: "r/min",
    range: [-40_000, 50_000],
    vss: "Powertrain.ElectricMotor.Speed",
    carriedBy: { gbt2016: "02 speed", gbt2025: "02 speed", emqx: "DriveMotor.Rotating" },
    sentence: "Speed of each drive motor, negative in reverse.",
  },
  motorTorquesNm: {
    kind: "float32[]",
    unit: "N·m",
    range: [-20_000, 20_000],
    vss: "Powertrain.ElectricMotor.Torque",
    carriedBy: { gbt2016: "02 torque", gbt2025: "02 torque", emqx: "DriveMotor.Torque" },
    sentence: "Torque of each drive motor, negative in regeneration.",
  },
  longitudeDeg: {
    kind: "float64",
    unit: "°",
    range: [-180, 180],
    vss: "CurrentLocation.Longitude",
    carriedBy: { gbt2016: "05 longitude", gbt2025: "05 longitude", emqx: "Location.Longitude", tesla: "Location" },
    sentence: "Longitude, east positive; NULL without a valid fix.",
  },
  latitudeDeg: {
    kind: "float64",
    unit: "°",
    range: [-90, 90],
    vss: "CurrentLocation.Latitude",
    carriedBy: { gbt2016: "05 latitude", gbt2025: "05 latitude", emqx: "Location.Latitude", tesla: "Location" },
    sentence: "Latitude, north positive; NULL without a valid fix.",
  },
  cellVoltagesV: {
    kind: "float32[]",
    unit: "V",
    range: [1, 5],
    vss: `${BATTERY}.CellVoltage.CellVoltages`,
    carriedBy: { gbt2016: "08 cell voltages", gbt2025: "07 unit voltages", emqx: "ChargeableVoltage.CellsVoltage" },
    sentence: "Voltage of every cell (or smallest parallel unit) in the pack's order; element i is cell i+1, NULL where unknown.",
  },
  cellVoltageMaxV: {
    kind: "float32",
    unit: "V",
    range: [1, 5],
    vss: `${BATTERY}.CellVoltage.Max`,
    carriedBy: { gbt2016: "06 max cell voltage", gbt2025: "computed from 07", emqx: "Extreme.MaxBatteryVoltage", tesla: "BrickVoltageMax" },
    sentence: "Highest cell voltage, from the car, or computed from a complete cell array.",
  },
  cellVoltageMaxIndex: {
    kind: "uint16",
    unit: "",
    range: [1, 65_531],
    vss: `${BATTERY}.CellVoltage.IdMax`,
    carriedBy: { gbt2016: "06 max cell", gbt2025: "computed from 07", emqx: "Extreme.MaxVoltageBatteryCode", tesla: "NumBrickVoltageMax" },
    sentence: "Number of the cell with the highest voltage, counted from 1.",
  },
  cellVoltageMinV: {
    kind: "float32",
    unit: "V",
    range: [1, 5],
    vss: `${BATTERY}.CellVoltage.Min`,
    carriedBy: { gbt2016: "06 min cell voltage", gbt2025: "computed from 07", emqx: "Extreme.MinBatteryVoltage", tesla: "BrickVoltageMin" },
    sentence: "Lowest cell voltage, from the car, or computed from a complete cell array.",
  },
  cellVoltageMinIndex: {
    kind: "uint16",
    unit: "",
    range: [1, 65_531],
    vss: `${BATTERY}.CellVoltage.IdMin`,
    carriedBy: { gbt2016: "06 min cell", gbt2025: "computed from 07", emqx: "Extreme.MinVoltageBatteryCode", tesla: "NumBrickVoltageMin" },
    sentence: "Number of the cell with the lowest voltage, counted from 1.",
  },
  probeTempsC: {
    kind: "float32[]",
    unit: "°C",
    range: [-40, 120],
    vss: `${BATTERY}.Temperature.CellTemperature`,
    carriedBy: { gbt2016: "09 probe temperatures", gbt2025: "08 probe temperatures", emqx: "ChargeableTemp.ProbesTemp" },
    sentence: "Temperature at every probe of the pack; element i is probe i+1, NULL where unknown.",
  },
  probeTempMaxC: {
    kind: "float32",
    unit: "°C",
    range: [-40, 210],
    vss: `${BATTERY}.Temperature.Max`,
    carriedBy: { gbt2016: "06 max temperature", gbt2025: "computed from 08", emqx: "Extreme.MaxTemp", tesla: "ModuleTempMax" },
    sentence: "Highest probe temperature of the pack.",
  },
  probeTempMaxIndex: {
    kind: "uint16",
    unit: "",
    range: [1, 65_531],
    vss: null,
    carriedBy: { gbt2016: "06 max temperature probe", gbt2025: "computed from 08", emqx: "Extreme.MaxTempProbeNo" },
    sentence: "Number of the hottest probe, counted from 1.",
  },
  probeTempMinC: {
    kind: "float32",
    unit: "°C",
    range: [-40, 210],
    vss: `${BATTERY}.Temperature.Min`,
    carriedBy: { gbt2016: "06 min temperature", gbt2025: "computed from 08", emqx: "Extreme.MinTemp", tesla: "ModuleTempMin" },
    sentence: "Lowest probe temperature of the pack.",
  },
  probeTempMinIndex: {
    kind: "uint16",
    unit: "",
    range: [1, 65_531],
    vss: null,
    carriedBy: { gbt2016: "06 min temperature probe", gbt2025: "computed from 08", emqx: "Extreme.MinTempProbeNo" },
    sentence: "Number of the coldest probe, counted from 1.",
  },
  alarmLevel: {
    kind: "uint8",
    unit: "",
    range: [0, 4],
    vss: null,
    carriedBy: { gbt2016: "07 highest level", gbt2025: "06 highest level", emqx: "Alarm.MaxAlarmLevel" },
    sentence: "Highest alarm level the maker reports: 0 none, 2 limit driving, 3 stop at once, 4 thermal event.",
  },
  alarmFlags: {
    kind: "uint32",
    unit: "",
    vss: null,
    carriedBy: { gbt2016: "07 general flags", gbt2025: "06 general flags", emqx: "Alarm.GeneralAlarmFlag" },
    sentence: "General alarm flags of GB/T 32960 as a bit field, bit 0 lowest.",
  },
  fuelCellVoltageV: {
    kind: "float32",
    unit: "V",
    range: [0, 2000],
    vss: null,
    carriedBy: { gbt2016: "03 voltage", gbt2025: "30 voltage", emqx: "FuelCell.CellVoltage" },
    sentence: "Voltage of the fuel cell.",
  },
  fuelCellCurrentA: {
    kind: "float32",
    unit: "A",
    range: [0, 2000],
    vss: null,
    carriedBy: { gbt2016: "03 current", gbt2025: "30 current", emqx: "FuelCell.CellCurrent" },
    sentence: "Current of the fuel cell.",
  },
  hydrogenTempMaxC: {
    kind: "float32",
    unit: "°C",
    range: [-40, 210],
    vss: null,
    carriedBy: { gbt2016: "03 highest hydrogen temperature", gbt2025: "03 highest hydrogen temperature", emqx: "FuelCell.H_MaxTemp" },
    sentence: "Highest temperature in the hydrogen system.",
  },
  hydrogenPressureMaxKpa: {
    kind: "float32",
    unit: "kPa",
    range: [0, 100_000],
    vss: null,
    carriedBy: { gbt2016: "03 highest hydrogen pressure", gbt2025: "03 highest pressure", emqx: "FuelCell.H_MaxPress" },
    sentence: "Highest pressure in the hydrogen system.",
  },
  engineSpeedRpm: {
    kind: "float32",
    unit: "r/min",
    range: [0, 20_000],
    vss: "Powertrain.CombustionEngine.Speed",
    carriedBy: { gbt2016: "04 crankshaft speed", gbt2025: "04 crankshaft speed", emqx: "Engine.CrankshaftSpeed" },
    sentence: "Crankshaft speed of the combustion engine.",
  },
  auxVoltageV: {
    kind: "float32",
    unit: "V",
    range: [0, 36],
    vss: "LowVoltageBattery.CurrentVoltage",
    carriedBy: {},
    sentence: "Voltage of the 12 V (or 24 V) battery.",
  },
  auxCurrentA: {
    kind: "float32",
    unit: "A",
    range: [-500, 500],
    vss: "LowVoltageBattery.CurrentCurrent",
    carriedBy: {},
    sentence: "Current of the 12 V battery, positive in discharge (VSS counts the other way).",
  },
  ambientTempC: {
    kind: "float32",
    unit: "°C",
    range: [-60, 70],
    vss: "Exterior.AirTemperature",
    carriedBy: { tesla: "OutsideTemp" },
    sentence: "Air temperature outside the car.",
  },
  coolantTempC: {
    kind: "float32",
    unit: "°C",
    range: [-60, 150],
    vss: "Powertrain.ElectricMotor.EngineCoolant.Temperature",
    carriedBy: {},
    sentence: "Coolant temperature of the electric drive.",
  },
  chargePortTempC: {
    kind: "float32",
    unit: "°C",
    range: [-60, 200],
    vss: null,
    carriedBy: {},
    sentence: "Temperature at the charging port's contacts.",
  },
  chargePowerKw: {
    kind: "float32",
    unit: "kW",
    range: [0, 1000],
    vss: `${BATTERY}.Charging.MaxPower`,
    carriedBy: { tesla: "DCChargingPower" },
    sentence: "Power taken from the charging station.",
  },
  tyrePressureFlKpa: {
    kind: "float32",
    unit: "kPa",
    range: [0, 1200],
    vss: "Chassis.Axle.Row1.Wheel.Left.Tire.Pressure",
    carriedBy: { tesla: "TpmsPressureFl" },
    sentence: "Pressure of the front left tyre above ambient.",
  },
  tyrePressureFrKpa: {
    kind: "float32",
    unit: "kPa",
    range: [0, 1200],
    vss: "Chassis.Axle.Row1.Wheel.Right.Tire.Pressure",
    carriedBy: { tesla: "TpmsPressureFr" },
    sentence: "Pressure of the front right tyre above ambient.",
  },
  tyrePressureRlKpa: {
    kind: "float32",
    unit: "kPa",
    range: [0, 1200],
    vss: "Chassis.Axle.Row2.Wheel.Left.Tire.Pressure",
    carriedBy: { tesla: "TpmsPressureRl" },
    sentence: "Pressure of the rear left tyre above ambient.",
  },
  tyrePressureRrKpa: {
    kind: "float32",
    unit: "kPa",
    range: [0, 1200],
    vss: "Chassis.Axle.Row2.Wheel.Right.Tire.Pressure",
    carriedBy: { tesla: "TpmsPressureRr" },
    sentence: "Pressure of the rear right tyre above ambient.",
  },
  brakePadFlWornPct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: "Chassis.Axle.Row1.Wheel.Left.Brake.PadWear",
    carriedBy: {},
    sentence: "Wear of the front left brake pad: 0 new, 100 worn out.",
  },
  brakePadFrWornPct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: "Chassis.Axle.Row1.Wheel.Right.Brake.PadWear",
    carriedBy: {},
    sentence: "Wear of the front right brake pad: 0 new, 100 worn out.",
  },
  brakePadRlWornPct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: "Chassis.Axle.Row2.Wheel.Left.Brake.PadWear",
    carriedBy: {},
    sentence: "Wear of the rear left brake pad: 0 new, 100 worn out.",
  },
  brakePadRrWornPct: {
    kind: "float32",
    unit: "%",
    range: [0, 100],
    vss: "Chassis.Axle.Row2.Wheel.Right.Brake.PadWear",
    carriedBy: {},
    sentence: "Wear of the rear right brake pad: 0 new, 100 worn out.",
  },
  sohReportedPct: {
    kind: "float32",
    unit: "%",
    range: [0, 120],
    vss: `${BATTERY}.StateOfHealth`,
    carriedBy: {},
    sentence: "State of health as the battery management system claims it; kept apart from ours.",
  },
  capacityReportedAh: {
    kind: "float32",
    unit: "Ah",
    range: [0, 2000],
    vss: null,
    carriedBy: {},
    sentence: "Capacity as the battery management system claims it.",
  },
});

export type SignalName = keyof typeof SIGNALS;

type ValueOf<D> = D extends { kind: "enum"; values: readonly (infer V)[] }
  ? V
  : D extends { kind: "bool" }
    ? boolean
    : D extends { kind: "float32[]" }
      ? readonly (number | null)[]
      : number;

/** Values of one report by signal name; a missing signal is absent. */
export type SignalValues = { -readonly [K in SignalName]?: ValueOf<(typeof SIGNALS)[K]> };

export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly SignalName[];

/** The definition of a signal, in its general type. */
export function signalDefinition(name: SignalName): SignalDefinition {
  return SIGNALS[name];
}

export function isSignalName(name: string): name is SignalName {
  return Object.hasOwn(SIGNALS, name);
}

/** Column of a signal in the telemetry table: `packVoltageV` → `pack_voltage_v`. */
export function columnOf(name: SignalName): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** ClickHouse type of a signal's column. */
export function columnTypeOf(name: SignalName): string {
  const { kind, values } = signalDefinition(name);
  switch (kind) {
    case "float32[]":
      return "Array(Nullable(Float32))";
    case "bool":
      return "Nullable(Bool)";
    case "enum":
      return `Nullable(Enum8(${(values ?? []).map((v, i) => `'${v}' = ${i + 1}`).join(", ")}))`;
    case "uint8":
      return "Nullable(UInt8)";
    case "uint16":
      return "Nullable(UInt16)";
    case "uint32":
      return "Nullable(UInt32)";
    case "float64":
      return "Nullable(Float64)";
    case "float32":
      return "Nullable(Float32)";
  }
}
