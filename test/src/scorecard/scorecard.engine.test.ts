import { heldToBaseline } from "./heldToBaseline.ts";
import { leafObdLog } from "./leafObdLog.ts";
import { RECORDED } from "./registry.ts";

// 22 months of one car through the whole pipeline cost as much as all others together: the car has its own file, and so its own worker.
for (const dataset of RECORDED.filter((each) => each !== leafObdLog)) heldToBaseline(dataset);
