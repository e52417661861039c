import { CODE_BITS } from "../../codes/codeBits.ts";
import type { FeatureFamily } from "../family.ts";

/** Which trouble codes the car reported on a day, and what it said of them. Alarm flags of GB/T 32960 have rules of their own. */
export const codesFamily: FeatureFamily = {
  id: "codes",
  features: {
    "{system}:{code}": { unit: "", sentence: "Sum of what was reported of the code that day, as in analytics/src/codes/codeBits.ts." },
  },
  sql: ({ day, whereOfCodes }) => `
    SELECT vin, day, sum(reports) AS samples,
      CAST((groupArray(concat(system, ':', code)), groupArray(toFloat64(bits))), 'Map(LowCardinality(String), Float64)') AS features
    FROM (
      SELECT vin, ${day} AS day, system, code, count() AS reports,
        ${CODE_BITS.reported} + ${CODE_BITS.confirmed} * max(ifNull(is_confirmed, 0)) + ${CODE_BITS.lamp} * max(ifNull(is_lamp_on, 0))
        + ${CODE_BITS.pendingOnly} * (max(ifNull(is_pending, 0)) AND max(ifNull(is_confirmed, 0)) = 0 AND max(ifNull(is_active, 0)) = 0)
        + ${CODE_BITS.activeAtEnd} * ifNull(argMax(is_active, event_time), 0)
        + ${CODE_BITS.goneAtEnd} * ifNull(argMax(NOT is_active, event_time), 0) AS bits
      FROM dtc_events WHERE ${whereOfCodes} AND NOT startsWith(system, 'gbt_')
      GROUP BY vin, day, system, code
    ) GROUP BY vin, day`,
};
