import { type FeatureFamily, featureMapSql } from "../family.ts";

const ROWS_MIN = 10;
/** Just after a start the battery takes so much that the rail says more of the battery than of the converter, A into the battery. */
const RECOVERING_A = 15;
/** Converters follow the air: they charge a cold battery at a higher voltage. */
const MILD_C = [5, 20] as const;

/** The 12 V rail while the car drives: what the DC-DC converter holds, by outside temperature. */
export const converterFamily: FeatureFamily = {
  id: "converter",
  features: {
    railColdV: { unit: "V", sentence: "Median rail voltage while driving below 5 °C outside." },
    railMildV: { unit: "V", sentence: "Median rail voltage while driving at 5 to 20 °C outside." },
    railWarmV: { unit: "V", sentence: "Median rail voltage while driving above 20 °C outside." },
    railV: { unit: "V", sentence: "Median rail voltage while driving, where the outside temperature is not reported." },
    drawnA: { unit: "A", sentence: "Median current out of the 12 V battery while driving: above 0 the converter does not carry the load." },
  },
  sql: ({ day, where }) => {
    const medianOf = (situation: string) => `if(countIf(${situation}) >= ${ROWS_MIN}, medianIf(v, ${situation}), NULL)`;
    return `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      railColdV: medianOf(`isNotNull(c) AND ifNull(c < ${MILD_C[0]}, 0)`),
      railMildV: medianOf(`ifNull(c BETWEEN ${MILD_C[0]} AND ${MILD_C[1]}, 0)`),
      railWarmV: medianOf(`ifNull(c > ${MILD_C[1]}, 0)`),
      railV: medianOf("isNull(c)"),
      drawnA: `if(countIf(isNotNull(a)) >= ${ROWS_MIN}, medianIf(a, isNotNull(a)), NULL)`,
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, aux_voltage_v AS v, aux_current_a AS a, ambient_temp_c AS c
      FROM telemetry WHERE ${where} AND speed_kmh > 10 AND aux_voltage_v > 0 AND ifNull(dcdc_state = 'working', 1)
        AND ifNull(aux_current_a > -${RECOVERING_A}, 1)
    ) GROUP BY vin, day`;
  },
};
