import { abnormalCellDetector } from "./abnormalCellDetector.ts";
import { auxDetector } from "./auxBattery/auxDetector.ts";
import { capacityDetector } from "./capacity/capacityDetector.ts";
import { cellTrendsDetector } from "./cellTrendsDetector.ts";
import type { Detector } from "./detector.ts";
import { troubleCodeDetector } from "./troubleCodes/troubleCodeDetector.ts";
import { tyreDetector } from "./tyre/tyreDetector.ts";

/** Every detector, in the order they run. A new one is a file and a line here, and its texts in `rules/detectors`. */
export const DETECTORS: readonly Detector[] = [
  abnormalCellDetector,
  capacityDetector,
  cellTrendsDetector,
  troubleCodeDetector,
  tyreDetector,
  auxDetector,
];
