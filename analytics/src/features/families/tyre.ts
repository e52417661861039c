import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Some cars send 0 until the sensors have spoken. */
const PLAUSIBLE_FROM_KPA = 1;
/** The coldest tenth of the day's reports stands for the cold pressure; a warm tyre reads up to 40 kPa more. */
const COLD_SHARE = 0.1;

const WHEEL_COLUMNS = { Fl: "fl", Fr: "fr", Rl: "rl", Rr: "rr" } as const;

/** Tyre pressures of a day: cold, and each tyre against the middle of the four. */
export const tyreFamily: FeatureFamily = {
  id: "tyre",
  features: {
    ...Object.fromEntries(
      Object.keys(WHEEL_COLUMNS).flatMap((wheel) => [
        [`cold${wheel}Kpa`, { unit: "kPa", sentence: `Pressure of tyre ${wheel.toUpperCase()} in the coldest tenth of the reports.` }],
        [
          `relative${wheel}Kpa`,
          { unit: "kPa", sentence: `Median of tyre ${wheel.toUpperCase()} less the two middle tyres of the same report.` },
        ],
      ]),
    ),
    coldAmbientC: { unit: "°C", sentence: "Mean outside temperature of the cold reports." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      ...Object.fromEntries(
        Object.entries(WHEEL_COLUMNS).flatMap(([wheel, column]) => [
          [`cold${wheel}Kpa`, `avgIf(${column}, total <= cold)`],
          [`relative${wheel}Kpa`, `median(${column} - middle)`],
        ]),
      ),
      coldAmbientC: "avgIf(ambient, total <= cold)",
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, tyre_pressure_fl_kpa AS fl, tyre_pressure_fr_kpa AS fr, tyre_pressure_rl_kpa AS rl, tyre_pressure_rr_kpa AS rr,
        ambient_temp_c AS ambient, fl + fr + rl + rr AS total, arraySort([assumeNotNull(fl), assumeNotNull(fr), assumeNotNull(rl), assumeNotNull(rr)]) AS four,
        (four[2] + four[3]) / 2 AS middle, quantile(${COLD_SHARE})(total) OVER (PARTITION BY vin, day) AS cold
      FROM telemetry WHERE ${where}
        AND fl > ${PLAUSIBLE_FROM_KPA} AND fr > ${PLAUSIBLE_FROM_KPA} AND rl > ${PLAUSIBLE_FROM_KPA} AND rr > ${PLAUSIBLE_FROM_KPA}
    ) GROUP BY vin, day`,
};
