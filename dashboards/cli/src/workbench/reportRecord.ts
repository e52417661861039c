import type { BacktestReport, Estimate } from "@bellwether/analytics/workbench/types";

/** A report as lines for a person; the JSON form has everything. */
export function reportRecord({ rule, score, sweep, provenance, timing }: BacktestReport): Readonly<Record<string, unknown>> {
  const best = sweep === null || sweep.best === null ? undefined : sweep.points[sweep.best];
  return {
    rule: `${rule.id} v${rule.version}`,
    seen: `${score.vehicles} vehicles, ${score.vehicleYears.toFixed(2)} vehicle-years, ${score.rows} reports`,
    "not evaluated": `${score.rowsNotEvaluated} reports, ${score.vehiclesNotEvaluated} vehicles mostly`,
    firings: `${score.firings}: ${score.true} true, ${score.false} false, ${score.unknown} unknown, ${score.duplicates} duplicates`,
    faults: `${score.faults}: ${score.found} found, ${score.missed} missed, ${score.censored} out of sight`,
    precision: shown(score.precision),
    recall: shown(score.recall),
    "lead time, days": shown(score.leadDaysMedian),
    "firings per 1,000 vehicle-years": shown(score.firingsPer1000VehicleYears),
    alerts: `${score.alerts} that owners would have got`,
    "alerts per 1,000 vehicle-years": shown(score.alertsPer1000VehicleYears),
    "false alerts": `${score.falseAlerts} of them; the gate's budget is about these`,
    "false alerts per 1,000 vehicle-years": shown(score.falseAlertsPer1000VehicleYears),
    "false firings per 1,000 vehicle-years": shown(score.falsePer1000VehicleYears),
    cost: shown(score.cost),
    saving: shown(score.saving),
    ...(sweep === null ? {} : { sweep: `${sweep.points.length} points` }),
    ...(sweep === null || best === undefined
      ? {}
      : {
          "least cost at": `${sweep.axes.map(({ parameter }, i) => `${parameter}=${best.at[i]}`).join(", ")}, saving ${best.saving.toFixed(0)}`,
        }),
    took: `${(timing.elapsedMs / 1000).toFixed(2)} s, first numbers after ${(timing.firstProgressMs / 1000).toFixed(2)} s, ${Math.round(timing.rowsPerSecond)} reports/s`,
    result: provenance.resultHash,
  };
}

/** A number with its interval. */
export function shown({ value, low, high }: Estimate): string {
  const text = (number: number) => String(Number(number.toPrecision(4)));
  if (value === null) return "-";
  return low === null || high === null ? text(value) : `${text(value)} (${text(low)} to ${text(high)})`;
}
