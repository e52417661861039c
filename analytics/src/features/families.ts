import { auxFamily } from "./families/aux.ts";
import { brakeFamily } from "./families/brake.ts";
import { chargePortFamily } from "./families/chargePort.ts";
import { chargerFamily } from "./families/charger.ts";
import { chargeStopsFamily } from "./families/chargeStops.ts";
import { codesFamily } from "./families/codes.ts";
import { converterFamily } from "./families/converter.ts";
import { driveHeatFamily } from "./families/driveHeat.ts";
import { extremesFamily } from "./families/extremes.ts";
import { insulationFamily } from "./families/insulation.ts";
import { loadStepsFamily } from "./families/loadSteps.ts";
import { probesFamily } from "./families/probes.ts";
import { qualityFamily } from "./families/quality.ts";
import { restsFamily } from "./families/rests.ts";
import { rollingFamily } from "./families/rolling.ts";
import { tyreFamily } from "./families/tyre.ts";
import { usageFamily } from "./families/usage.ts";
import type { FeatureFamily } from "./family.ts";

/** Every feature family, computed for each closing vehicle-day. A new one is a file and a line here. */
export const FAMILIES: readonly FeatureFamily[] = [
  usageFamily,
  codesFamily,
  tyreFamily,
  loadStepsFamily,
  insulationFamily,
  probesFamily,
  extremesFamily,
  qualityFamily,
  auxFamily,
  brakeFamily,
  driveHeatFamily,
  chargePortFamily,
  chargerFamily,
  converterFamily,
  chargeStopsFamily,
  rollingFamily,
  restsFamily,
];
