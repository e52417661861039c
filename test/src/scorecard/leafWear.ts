/** Tyres and 12 V battery of leaf-obd-log: one reading of each file for both, and what can be judged without labels. */
import { basename } from "node:path";
import { median } from "simple-statistics";
import type { Figure } from "./dataset.ts";
import { type AuxPrediction, type AuxRow, auxVerdicts } from "./leafAux.ts";
import { type TyreEvent, type TyreRow, tyreDays, tyreEvents } from "./leafTyres.ts";
import { filesWithColumns, numberIn, readRows } from "./tables.ts";

export type WearPrediction = { readonly vehicle: string } & (TyreEvent | AuxPrediction);

const COLUMNS = ["epoch time", "TP-FL", "TP-FR", "TP-RR", "TP-RL"];
const WHEEL_COLUMNS = ["TP-FL", "TP-FR", "TP-RL", "TP-RR"] as const;
/** Rows from before 2009 or after 2040 have a clock that was not set. */
const CLOCK_S = [1.23e9, 2.2e9] as const;
/** kPa per unit by the usual pressure of a car's tyre in it: psi, bar, kPa. */
const PRESSURE_UNITS = [
  { low: 15, high: 75, kpa: 6.894_757 },
  { low: 1, high: 5, kpa: 100 },
  { low: 100, high: 600, kpa: 1 },
] as const;
/** Air this warm in the median is in Fahrenheit. */
const FAHRENHEIT_FROM = 46;
const EXPLAINED_DAYS = 60;
const DAY_MS = 86_400_000;

interface Row {
  readonly dayNumber: number;
  readonly atS: number;
  readonly pressures: readonly number[];
  readonly ambient: number | null;
  readonly auxV: number | null;
}

/** Every event of tyres and every month's 12 V verdict, file by file. */
export async function* predictWear(folder: string): AsyncIterable<WearPrediction> {
  for (const file of await filesWithColumns(folder, COLUMNS)) {
    const rows: Row[] = [];
    for await (const row of readRows(file)) rows.push(...rowOf(row));
    rows.sort((a, b) => a.atS - b.atS);
    const vehicle = basename(file).replace(/\.csv(\.gz)?$/i, "");
    const found = [...tyreEvents(tyreDays(tyreRows(rows))), ...auxVerdicts(auxRows(rows))];
    for (const one of found) yield { vehicle, ...one };
  }
}

function rowOf(row: Readonly<Record<string, string>>): Row[] {
  const atS = numberIn(row, "epoch time");
  if (atS === null || atS < CLOCK_S[0] || atS > CLOCK_S[1]) return [];
  return [
    {
      atS,
      dayNumber: localDay(row["Date/Time"]) ?? Math.floor((1000 * atS) / DAY_MS),
      pressures: WHEEL_COLUMNS.map((column) => numberIn(row, column) ?? 0),
      ambient: numberIn(row, "Ambient"),
      auxV: numberIn(row, "12v Bat Volts"),
    },
  ];
}

/** Day of a text like 01/28/2019 07:12:00, which is local time; undefined for another form. */
function localDay(text: string | undefined): number | undefined {
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{4})/.exec(text ?? "") ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
}

/** Rows with all four pressures, in kPa whatever the app's unit was. */
function tyreRows(rows: readonly Row[]): TyreRow[] {
  const usual = rows.flatMap(({ pressures }) => pressures.filter((p) => p > 0.5));
  if (usual.length === 0) return [];
  const unit = PRESSURE_UNITS.find(({ low, high }) => median(usual) >= low && median(usual) <= high);
  if (unit === undefined) return [];
  const airs = rows.flatMap(({ ambient }) => ambient ?? []);
  const isFahrenheit = airs.length > 0 && median(airs) >= FAHRENHEIT_FROM;
  return rows.flatMap(({ dayNumber, pressures, ambient }) => {
    const [fl = 0, fr = 0, rl = 0, rr = 0] = pressures;
    if (Math.min(fl, fr, rl, rr) <= 0.15 * unit.low) return [];
    const airC = ambient === null || !isFahrenheit ? ambient : (ambient - 32) / 1.8;
    const ambientC = airC === null || airC < -40 || airC > 55 ? null : airC;
    return [{ dayNumber, kpa: [unit.kpa * fl, unit.kpa * fr, unit.kpa * rl, unit.kpa * rr], ambientC }];
  });
}

function auxRows(rows: readonly Row[]): AuxRow[] {
  return rows.flatMap(({ dayNumber, atS, auxV }) => (auxV !== null && auxV > 6 && auxV < 18 ? [{ dayNumber, atS, v: auxV }] : []));
}

/** Judged by the log itself: a leak that is real ends with somebody putting air in. */
export function wearFigures(predictions: readonly WearPrediction[]): Figure[] {
  const leaks = predictions.filter((one) => one.kind === "tyre_leak");
  const aux = predictions.filter((one) => one.kind === "aux_battery");
  const daysApart = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;
  const unexplained = leaks.filter(({ until, inflated_on }) => inflated_on === null || daysApart(until, inflated_on) > EXPLAINED_DAYS);
  const leads = leaks.flatMap(({ at, lowest_on, inflated_on }) =>
    lowest_on === null || inflated_on === null ? [] : [daysApart(at, lowest_on)],
  );
  const unreasoned = aux.filter(({ reason }) => reason === "").length;
  return [
    { name: "tyre leak alarms that no re-inflation explains", ours: unexplained.length, better: "lower", target: 0 },
    { name: "tyre leak alarms", ours: leaks.length, better: "context" },
    ...(leads.length === 0
      ? []
      : [{ name: "tyre leak: days from alarm to the lowest pressure, longest", ours: Math.max(...leads), better: "higher" } as const]),
    {
      name: "12 V months judged, %",
      ours: (100 * aux.filter(({ verdict }) => verdict !== "not_evaluated").length) / Math.max(1, aux.length),
      better: "context",
    },
    { name: "12 V verdicts without a reason", ours: unreasoned, better: "lower", target: 0 },
  ];
}
