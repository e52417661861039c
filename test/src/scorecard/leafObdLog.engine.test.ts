import { heldToBaseline } from "./heldToBaseline.ts";
import { leafObdLog } from "./leafObdLog.ts";

heldToBaseline(leafObdLog);
