/** Scorecard of trouble codes: whenever a machine sets codes, the probability that it fails within 24 hours, in time order. */
import { type CodeInstant, codeInstants } from "@bellwether/analytics/codes/codeInstants";
import { type CodeRiskModel, codeRisk, type LabelledInstant, learnCodeRisk } from "@bellwether/analytics/codes/codeRisk";
import { BellwetherError } from "@bellwether/contracts/errors";
import { type AlertOutcome, curveMargin, precisionsAt, recallAndPrecision } from "./alertCurve.ts";
import { defineDataset, type Figure, type Folders } from "./dataset.ts";
import { groupBy } from "./groupBy.ts";
import { idOf } from "./ids.ts";
import { failureWithin, type MachineLog, readMachineLog } from "./machineLog.ts";
import { meanInterval } from "./meanInterval.ts";

interface MachineAlert {
  readonly machine: number | string;
  readonly at: string;
  readonly probability: number;
  /** Codes of the last 24 hours, this instant's included. */
  readonly codes: readonly string[];
}

const HORIZON_MS = 24 * 3_600_000;
const FOLDS = 10;
const ALARM = 0.5;
/** Where the precision-recall curve is printed beside the table's. */
const CURVE_RECALLS = [0.2, 0.4, 0.6, 0.8, 0.9, 0.95];

export const machinesErrorsMaint = defineDataset<MachineAlert>({
  name: "machines-errors-maint",
  predict: predictAll,
  score: async (alerts, { input, train }) => {
    const log = await readMachineLog(input);
    return log.failuresMs === null ? null : figures(alerts, log, await readMachineLog(train));
  },
});

async function* predictAll({ input, train }: Folders): AsyncIterable<MachineAlert> {
  const log = await readMachineLog(input);
  const risk = riskByMachine(await readMachineLog(train), train);
  for (const instant of codeInstants(log.events, HORIZON_MS)) {
    const probability = codeRisk(risk(instant.unit), instant, log.ageYears.get(instant.unit) ?? null);
    yield { machine: idOf(instant.unit), at: timeText(instant.atMs), probability: Number(probability.toFixed(4)), codes: instant.active };
  }
}

/** The model to judge a machine by: of all machines, or, for a machine that is among them, of the nine tenths without it. */
function riskByMachine(log: MachineLog, folder: string): (machine: string) => CodeRiskModel {
  const history = labelled(log);
  const foldOf = foldsOf(history);
  const models = new Map<number | undefined, CodeRiskModel>();
  return (machine) => {
    const fold = foldOf.get(machine);
    const model =
      models.get(fold) ?? learnCodeRisk(history.filter(({ instant }) => fold === undefined || foldOf.get(instant.unit) !== fold));
    if (model === null)
      throw new BellwetherError("input_unreadable", `${folder}: expected codes of other machines to learn from`, { retryable: false });
    models.set(fold, model);
    return model;
  };
}

/** Which tenth of the machines each belongs to. */
function foldsOf(history: readonly LabelledInstant[]): ReadonlyMap<string, number> {
  const machines = [...new Set(history.map(({ instant }) => instant.unit))];
  return new Map(machines.map((machine, i) => [machine, i % FOLDS]));
}

/** Instants whose next 24 hours are known. Without a failures file there is nothing to learn. */
function labelled(log: MachineLog): LabelledInstant[] {
  const failures = [...(log.failuresMs?.values() ?? [])].flat();
  if (failures.length === 0) return [];
  const lastMs = Math.max(...failures, ...log.events.slice(-1).map(({ atMs }) => atMs));
  return [...codeInstants(log.events, HORIZON_MS)]
    .map((instant) => label(log, instant))
    .filter(({ failed, instant }) => failed || instant.atMs + HORIZON_MS <= lastMs);
}

function label(log: MachineLog, instant: CodeInstant): LabelledInstant {
  const failed = failureWithin(log, instant.unit, instant.atMs, HORIZON_MS) !== null;
  return { instant, unitAgeYears: log.ageYears.get(instant.unit) ?? null, failed };
}

function figures(alerts: readonly MachineAlert[], log: MachineLog, train: MachineLog): Figure[] {
  const failures = [...(log.failuresMs ?? [])].flatMap(([machine, times]) =>
    times.map((atMs) => ({ machine, name: failureName(machine, atMs) })),
  );
  const outcomes = alerts.map((alert) =>
    outcomeOf(log, String(alert.machine), Date.parse(`${alert.at.replace(" ", "T")}Z`), alert.probability),
  );
  const atAlarm = recallAndPrecision(outcomes, failures.length, ALARM);
  const raised = outcomes.filter(({ probability }) => probability >= ALARM);
  const found = new Set(raised.map(({ failure }) => failure));
  const precisionInterval = meanInterval(
    raised,
    ({ machine }) => machine,
    ({ failure }) => Number(failure !== null),
  );
  const recallInterval = meanInterval(
    failures,
    ({ machine }) => machine,
    ({ name }) => Number(found.has(name)),
  );
  const table = tableOutcomes(log, train);
  const baseline = "at 0.5, table of code sets: precision 0.885, recall 0.403";
  return [
    { name: "precision at 0.5", ours: atAlarm.precision, ...precisionInterval, better: "higher", target: 0.88, baseline },
    { name: "recall at 0.5", ours: atAlarm.recall, ...recallInterval, better: "higher", target: 0.42, baseline },
    {
      name: "least margin of precision over the table's curve",
      ours: curveMargin(outcomes, table, failures.length),
      better: "higher",
      target: 0,
      baseline: "share of failures after the same set of codes on other machines",
    },
    { name: "Brier score", ours: brier(outcomes), better: "lower" },
    ...curveFigures(outcomes, table, failures.length),
  ];
}

/** Our curve beside the table's, point by point. */
function curveFigures(ours: readonly AlertOutcome[], table: readonly AlertOutcome[], failures: number): Figure[] {
  const theirs = precisionsAt(table, failures, CURVE_RECALLS);
  return precisionsAt(ours, failures, CURVE_RECALLS).map((precision, i) => ({
    name: `precision at a recall of ${CURVE_RECALLS[i]}`,
    ours: precision,
    better: "higher",
    target: theirs[i] ?? 0,
    baseline: theirs[i] === 0 ? "table never gets there" : `table ${theirs[i]?.toFixed(3)}`,
  }));
}

function outcomeOf(log: MachineLog, machine: string, atMs: number, probability: number): AlertOutcome & { machine: string } {
  const failedMs = failureWithin(log, machine, atMs, HORIZON_MS);
  return { machine, probability, failure: failedMs === null ? null : failureName(machine, failedMs) };
}

function failureName(machine: string, failedMs: number): string {
  return JSON.stringify([machine, failedMs]);
}

/** What the README's baseline says of each instant: the share of failures after the same set of codes on the other training machines. */
function tableOutcomes(log: MachineLog, train: MachineLog): AlertOutcome[] {
  const history = labelled(train);
  const foldOf = foldsOf(history);
  const tables = new Map<number | undefined, ReadonlyMap<string, number>>();
  return labelled(log).map(({ instant }) => {
    const fold = foldOf.get(instant.unit);
    const table = tables.get(fold) ?? sharesOf(history.filter((one) => fold === undefined || foldOf.get(one.instant.unit) !== fold));
    tables.set(fold, table);
    return outcomeOf(log, instant.unit, instant.atMs, table.get(instant.active.join(" ")) ?? 0);
  });
}

/** The share of failures after each set of codes. */
function sharesOf(history: readonly LabelledInstant[]): ReadonlyMap<string, number> {
  const bySet = groupBy(history, ({ instant }) => instant.active.join(" "));
  return new Map([...bySet].map(([set, own]) => [set, own.filter(({ failed }) => failed).length / own.length]));
}

function brier(outcomes: readonly AlertOutcome[]): number {
  return (
    outcomes.reduce((sum, { probability, failure }) => sum + (probability - Number(failure !== null)) ** 2, 0) /
    Math.max(1, outcomes.length)
  );
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
}
