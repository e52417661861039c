import { defineSignals } from "./signalDefinition.ts";

/** Motors and their controllers, and where the car is. */
export const DRIVE_SIGNALS = defineSignals({
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
});
