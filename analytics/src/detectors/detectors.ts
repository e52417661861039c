import { abnormalCellDetector } from "./abnormalCellDetector.ts";
import { auxDetector } from "./auxBattery/auxDetector.ts";
import { brakeDetector } from "./brake/brakeDetector.ts";
import { padEnergyDetector } from "./brake/padEnergyDetector.ts";
import { capacityDetector } from "./capacity/capacityDetector.ts";
import { cellTrendsDetector } from "./cellTrendsDetector.ts";
import { stopsDetector } from "./chargeStops/stopsDetector.ts";
import { currentSensorDetector } from "./currentSensorDetector.ts";
import { dataQualityDetector } from "./dataQualityDetector.ts";
import type { Detector } from "./detector.ts";
import { chargePortDetector } from "./heat/chargePortDetector.ts";
import { driveCoolingDetector } from "./heat/driveCoolingDetector.ts";
import { insulationTrendDetector } from "./insulationTrendDetector.ts";
import { packResistanceDetector } from "./packResistanceDetector.ts";
import { peerDriftDetector } from "./peerDriftDetector.ts";
import { chargerDetector } from "./power/chargerDetector.ts";
import { converterDetector } from "./power/converterDetector.ts";
import { probeDetector } from "./probeDetector.ts";
import { treadDetector } from "./tread/treadDetector.ts";
import { troubleCodeDetector } from "./troubleCodes/troubleCodeDetector.ts";
import { tyreDetector } from "./tyre/tyreDetector.ts";
import { weakestCellDetector } from "./weakestCellDetector.ts";

/** Every detector, in the order they run. A new one is a file and a line here, and its texts in `rules/detectors`. */
export const DETECTORS: readonly Detector[] = [
  abnormalCellDetector,
  capacityDetector,
  cellTrendsDetector,
  packResistanceDetector,
  insulationTrendDetector,
  probeDetector,
  currentSensorDetector,
  weakestCellDetector,
  peerDriftDetector,
  dataQualityDetector,
  troubleCodeDetector,
  tyreDetector,
  auxDetector,
  brakeDetector,
  driveCoolingDetector,
  chargePortDetector,
  chargerDetector,
  converterDetector,
  stopsDetector,
  padEnergyDetector,
  treadDetector,
];
