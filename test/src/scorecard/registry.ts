/** The datasets of the scorecard, in the order of its table. To add one: one file, one line here. */
import type { Dataset } from "./dataset.ts";
import { evCellFaults } from "./evCellFaults.ts";
import { evChargeTests } from "./evChargeTests.ts";
import { evWeeklyCapacity } from "./evWeeklyCapacity.ts";

export const DATASETS: readonly Dataset[] = [evCellFaults, evChargeTests, evWeeklyCapacity];
