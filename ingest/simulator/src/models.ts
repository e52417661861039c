import type { Chemistry } from "./ocv.ts";

/** A car model of the simulated maker; names are invented. */
export interface VehicleModel {
  readonly name: string;
  /** Vehicle description section of the VIN, positions 4–8. */
  readonly vds: string;
  readonly chemistry: Chemistry;
  readonly nominalAh: number;
  readonly modules: number;
  readonly cellsPerModule: number;
  readonly probes: number;
  readonly edition: 2016 | 2025;
  /** The insulation monitor reports nothing above this. */
  readonly insulationCapKohm: number;
  /** Sends FFFF for every cell while parked and switched off. */
  readonly hidesCellsWhenOff: boolean;
  /** Share of the fleet, relative. */
  readonly weight: number;
  readonly isTaxi: boolean;
  /** Measures the wear of its brake pads. */
  readonly hasPadSensors: boolean;
}

export const MODELS: readonly [VehicleModel, ...VehicleModel[]] = [
  model("Meridian E6", "E6A4N", "NCM", 145, [12, 8], { probes: 24, insulationCapKohm: 10_000, weight: 30 }),
  model("Meridian E6 Long", "E6L5N", "NCM", 180, [12, 9], { probes: 36, edition: 2025, weight: 14 }),
  model("Solano S", "S04BN", "NCM", 117, [11, 8], { probes: 22, insulationCapKohm: 5_000, hidesCellsWhenOff: true, weight: 20 }),
  model("Solano X", "X05BN", "NCM", 156, [4, 23], { probes: 16, edition: 2025, insulationCapKohm: 20_000, weight: 12 }),
  model("Kestrel City", "K03AF", "LFP", 105, [13, 8], { probes: 26, insulationCapKohm: 5_000, weight: 14, hasPadSensors: false }),
  model("Kestrel Cab", "K04TF", "LFP", 150, [10, 10], { probes: 20, insulationCapKohm: 10_000, weight: 6, isTaxi: true }),
  model("Meridian E6 Taxi", "E6T4N", "NCM", 145, [12, 8], { probes: 24, insulationCapKohm: 10_000, weight: 4, isTaxi: true }),
];

function model(
  name: string,
  vds: string,
  chemistry: Chemistry,
  nominalAh: number,
  [modules, cellsPerModule]: readonly [number, number],
  special: Partial<VehicleModel> & { readonly probes: number; readonly weight: number },
): VehicleModel {
  const usual = { edition: 2016, insulationCapKohm: 60_000, hidesCellsWhenOff: false, isTaxi: false, hasPadSensors: true } as const;
  return { name, vds, chemistry, nominalAh, modules, cellsPerModule, ...usual, ...special };
}
