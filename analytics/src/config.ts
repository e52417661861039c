import { count, durationMs } from "@bellwether/runtime/configFields";
import { z } from "zod";

/** Settings of the analytics service; `{}` is right for the embedded mode. */
export const analyticsConfigSchema = z.object({
  analyticsRulesDir: z.string().optional().meta({ description: "Directory of rule files; absent: the rules that ship with Bellwether." }),
  analyticsTickMs: durationMs({ min: 10 })
    .default(1000)
    .meta({ description: "Pause between two looks at what has landed; in one process, landed rows end it at once." }),
  analyticsDayOffsetMinutes: z
    .number()
    .int()
    .min(-840)
    .max(840)
    .default(480)
    .meta({ description: "Where a vehicle's day begins: minutes east of UTC. Features are per local day." }),
  analyticsDayGraceMs: durationMs()
    .default(600_000)
    .meta({ description: "A vehicle's day closes when it has reported from this far into the next one." }),
  analyticsIdleCloseMs: durationMs()
    .default(6 * 3_600_000)
    .meta({ description: "Without any report for this long by the clock, the vehicle's open days are closed." }),
  analyticsRowsPerStep: count({ min: 1, max: 5_000_000 }).default(200_000).meta({ description: "Most telemetry rows taken in one step." }),
  analyticsPartsLeadWeeks: count({ min: 1, max: 104 })
    .default(6)
    .meta({ description: "Weeks a supplier takes to deliver: how far ahead parts are advised when a fault becomes more frequent." }),
  analyticsHeartbeatMs: durationMs({ min: 1000 })
    .default(86_400_000)
    .meta({ description: "A finding that lasts is published again at most this often (event time)." }),
});
export type AnalyticsConfig = z.infer<typeof analyticsConfigSchema>;
