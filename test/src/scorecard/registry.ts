/** The datasets of the scorecard, in the order of its table. To add one: one file, one line here. */
import type { Dataset } from "./dataset.ts";
import { evCellFaults } from "./evCellFaults.ts";
import { evChargeTests } from "./evChargeTests.ts";
import { evWeeklyCapacity } from "./evWeeklyCapacity.ts";
import { labCellsXjtu } from "./labCellsXjtu.ts";
import { leafObdLog } from "./leafObdLog.ts";
import { machinesErrorsMaint } from "./machinesErrorsMaint.ts";
import { nab } from "./nab.ts";
import { simulatorBattery } from "./simulatorBattery.ts";
import { simulatorUpkeep } from "./simulatorUpkeep.ts";
import { simulatorWear } from "./simulatorWear.ts";
import { skab } from "./skab.ts";
import { turbofanFd001 } from "./turbofanFd001.ts";

/** Scored on recordings beside the project. */
export const RECORDED: readonly Dataset[] = [
  evCellFaults,
  evChargeTests,
  evWeeklyCapacity,
  labCellsXjtu,
  leafObdLog,
  machinesErrorsMaint,
  turbofanFd001,
  nab,
  skab,
];

/** Every dataset. Simulated fleets need no recording but minutes each, so `npm run scorecard` runs them and the tests do not. */
export const DATASETS: readonly Dataset[] = [...RECORDED, simulatorBattery, simulatorWear, simulatorUpkeep];
