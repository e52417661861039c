import type { BacktestReport, Comparison, Estimate, GateDecision } from "./types.ts";

/** What a challenger must show before it may go live. */
export interface GatePolicy {
  /** Confirmed faults within the window. */
  readonly faultsMin: number;
  readonly weeksMin: number;
  /** False alerts per 1,000 vehicle-years; null: no budget. */
  readonly falseBudget: number | null;
  /** How much worse precision or recall may be, as a share of the champion's. */
  readonly worseMax: number;
}

/** methods: at least 8 weeks and 30 events, utility better at 95 %, no guardrail worse by more than 5 %. */
export const DEFAULT_GATE: GatePolicy = { faultsMin: 30, weeksMin: 8, falseBudget: null, worseMax: 0.05 };

const WEEK_MS = 7 * 86_400_000;

/** What a comparison tells the gate. */
interface Evidence {
  readonly a: Pick<BacktestReport, "score">;
  readonly b: Pick<BacktestReport, "fromMs" | "toMs" | "score">;
  readonly difference: Comparison["difference"];
}

/** Every check with its reason; passed when all are. */
export function decideGate({ a, b, difference }: Evidence, policy: GatePolicy): GateDecision {
  const faults = b.score.found + b.score.missed;
  const weeks = (b.toMs - b.fromMs) / WEEK_MS;
  const rate = b.score.falseAlertsPer1000VehicleYears.value;
  const checks = [
    check("enough faults", faults >= policy.faultsMin, `${faults} confirmed faults in the window, at least ${policy.faultsMin} needed`),
    check("long enough", weeks >= policy.weeksMin, `${weeks.toFixed(1)} weeks, at least ${policy.weeksMin} needed`),
    ...(policy.falseBudget === null
      ? []
      : [
          check(
            "false-alert budget",
            rate !== null && rate <= policy.falseBudget,
            `${shown(rate)} false alerts per 1,000 vehicle-years, the budget is ${policy.falseBudget}`,
          ),
        ]),
    check(
      "saves more",
      (difference.saving.low ?? Number.NEGATIVE_INFINITY) > 0,
      `saves ${interval(difference.saving)} more; the lower bound must be above 0`,
    ),
    guardrail("precision", a.score.precision, b.score.precision, policy),
    guardrail("recall", a.score.recall, b.score.recall, policy),
  ];
  return { isPassed: checks.every(({ isPassed }) => isPassed), checks };
}

type Check = GateDecision["checks"][number];

function check(name: string, isPassed: boolean, detail: string): Check {
  return { name, isPassed, detail };
}

function guardrail(name: string, { value: before }: Estimate, { value: after }: Estimate, { worseMax }: GatePolicy): Check {
  const isPassed = before === null || (after !== null && after >= before * (1 - worseMax));
  return check(`${name} not worse`, isPassed, `${shown(after)} against ${shown(before)}; at most ${worseMax * 100} % worse`);
}

function shown(value: number | null): string {
  return value === null ? "unknown" : value.toFixed(3);
}

function interval({ value, low, high }: Estimate): string {
  return `${shown(value)} (${shown(low)} to ${shown(high)})`;
}
