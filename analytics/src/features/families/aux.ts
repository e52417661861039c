import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Reports further apart than this are not one stretch. */
const GAP_MAX_S = 120;
/** Without a report of the converter's state, a 12 V network above this is being fed. */
const FED_V = 13.2;
/** Closing contactors draw tens of amperes: such a report shows the dip, not the rest. A started car without the current may be either. */
const QUIET_A = 10;
/** A parked car that starts feeding its 12 V battery again after this long counts as another recharge. */
const RECHARGE_PAUSE_S = 600;
/** After this long the charge on the plates' surface is gone, and the voltage says how full the battery is (methods 3.1). */
const SETTLED_S = 4 * 3600;

/** The 12 V battery: what it says while nothing feeds it, and how often the parked car has to recharge it. */
export const auxFamily: FeatureFamily = {
  id: "aux",
  features: {
    restV: { unit: "V", sentence: "Upper fifth of the voltage while the converter does not feed the network." },
    wakeV: { unit: "V", sentence: "Median voltage of reports that end four hours of silence, where nothing fed or loaded the network." },
    lossMv: { unit: "mV", sentence: "Fall of the voltage over pauses of four hours or more between two such quiet reports." },
    lossH: { unit: "h", sentence: "Length of those pauses together." },
    pauses: { unit: "", sentence: "Number of those pauses." },
    minV: { unit: "V", sentence: "Lowest voltage while the converter does not feed the network: the dip at a start." },
    feedV: { unit: "V", sentence: "Median voltage while the converter feeds the network." },
    firstV: { unit: "V", sentence: "Voltage of the day's first report, where nothing fed or loaded the network." },
    firstH: { unit: "h", sentence: "Hour of that report, from the start of the UTC day." },
    lastV: { unit: "V", sentence: "Voltage of the day's last report, where nothing fed or loaded the network." },
    lastH: { unit: "h", sentence: "Hour of that report, from the start of the UTC day." },
    recharges: { unit: "", sentence: "Times the parked car, neither started nor plugged in, began to feed the network." },
    fedH: { unit: "h", sentence: "Time in which the converter fed the network." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      restV: "quantileIf(0.8)(v, NOT fed)",
      wakeV: `medianIf(v, is_quiet AND since_s >= ${SETTLED_S})`,
      lossMv: "if(countIf(is_pause) > 0, 1000 * sumIf(before_v - v, is_pause), NULL)",
      lossH: "if(countIf(is_pause) > 0, sumIf(since_s, is_pause) / 3600, NULL)",
      pauses: "if(countIf(is_pause) > 0, countIf(is_pause), NULL)",
      minV: "minIf(v, NOT fed)",
      feedV: "medianIf(v, fed)",
      firstV: "if(argMin(is_quiet, at), argMin(v, at), NULL)",
      firstH: "if(argMin(is_quiet, at), min(hour), NULL)",
      lastV: "if(argMax(is_quiet, at), argMax(v, at), NULL)",
      lastH: "if(argMax(is_quiet, at), max(hour), NULL)",
      recharges: `countIf(is_parked AND fed AND NOT fed_before OR is_parked AND fed AND since_s > ${RECHARGE_PAUSE_S})`,
      fedH: "sumIf(stretch_s, fed) / 3600",
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, event_time AS at, aux_voltage_v AS v,
        ifNull(dcdc_state = 'working', v >= ${FED_V}) AS fed, dateDiff('second', toDateTime(day, 'UTC'), at) / 3600 AS hour,
        NOT fed AND (ifNull(vehicle_state != 'started', 0) OR ifNull(abs(aux_current_a) < ${QUIET_A}, 0)) AS is_quiet,
        ifNull(vehicle_state = 'off', 0) AND ifNull(charge_state = 'not_charging', 0) AS is_parked,
        lagInFrame(fed, 1, fed) OVER previous AS fed_before,
        lagInFrame(v, 1, v) OVER previous AS before_v,
        dateDiff('millisecond', lagInFrame(at, 1, at) OVER previous, at) / 1000 AS since_s,
        is_quiet AND since_s >= ${SETTLED_S} AND lagInFrame(is_quiet, 1, is_quiet) OVER previous AS is_pause, if(since_s <= ${GAP_MAX_S}, since_s, 0) AS stretch_s
      FROM telemetry WHERE ${where} AND aux_voltage_v > 0
      WINDOW previous AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
