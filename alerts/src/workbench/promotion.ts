import type { Rule } from "@bellwether/analytics/rules/readRules";
import type { GatePolicy } from "@bellwether/analytics/workbench/gate";
import type { BacktestReport } from "@bellwether/analytics/workbench/types";

/** What a promotion asks for and leaves behind, whoever gives it: the API and the command line do the same act. */

const WEEK_MS = 7 * 86_400_000;

type Decisive = Pick<BacktestReport, "fromMs" | "toMs" | "score" | "provenance">;

/** What a promotion rests on, as the rule file keeps it. */
export function evidenceOf(
  { fromMs, toMs, score, provenance }: Decisive,
  { parameters }: Pick<Rule, "parameters">,
  { actor, nowMs }: { readonly actor: string; readonly nowMs: number },
): object {
  const { precision, recall, leadDaysMedian, alertsPer1000VehicleYears, saving } = score;
  const rounded = ({ value }: { readonly value: number | null }) => (value === null ? null : Number(value.toPrecision(6)));
  return {
    chosenOn: new Date(nowMs).toISOString().slice(0, 10),
    chosenBy: actor,
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, { default: value }]) => [name, value])),
    window: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
    score: {
      precision: rounded(precision),
      recall: rounded(recall),
      leadDaysMedian: rounded(leadDaysMedian),
      alertsPer1000VehicleYears: rounded(alertsPer1000VehicleYears),
      saving: rounded(saving),
    },
    ruleHash: provenance.ruleHash,
    resultHash: provenance.resultHash,
  };
}

/** Why a rule that replaces none may not go live: it needs enough faults, long enough, and must save something. Empty: it may. */
export function refusalsAlone(gate: GatePolicy, { score, fromMs, toMs }: Decisive): readonly string[] {
  const faults = score.found + score.missed;
  const weeks = (toMs - fromMs) / WEEK_MS;
  const falseRate = score.falseAlertsPer1000VehicleYears.value;
  return [
    ...(faults < gate.faultsMin ? [`${faults} confirmed faults in the window, at least ${gate.faultsMin} needed`] : []),
    ...(weeks < gate.weeksMin ? [`${weeks.toFixed(1)} weeks, at least ${gate.weeksMin} needed`] : []),
    ...((score.saving.low ?? 0) <= 0 ? ["it is not certain that it saves anything"] : []),
    ...(gate.falseBudget !== null && (falseRate === null || falseRate > gate.falseBudget)
      ? [`${falseRate?.toFixed(3) ?? "unknown"} false alerts per 1,000 vehicle-years, the budget is ${gate.falseBudget}`]
      : []),
  ];
}
