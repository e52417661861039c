/**
 * State-of-health part of leaf-obd-log: one value per week with rows, from the remaining energy that the car displays and from the
 * charge counted over swings of the state of charge. What relates either to the capacity is learnt from other cars, or from weeks
 * of the same car that are half a year away; the value of a week never knows a later one.
 */
import { swingsOf } from "@bellwether/analytics/soh/countedCharge";
import { advanceTrack, type HealthCause, type HealthReading, type HealthTrack, startTrack } from "@bellwether/analytics/soh/healthTrack";
import { capacityFromEnergy, type EnergyCurve, learnEnergyCurve } from "@bellwether/analytics/soh/remainingEnergy";
import { fuseEstimates } from "@bellwether/analytics/stats/fuseEstimates";
import { tukeyInverseRegression } from "@bellwether/analytics/stats/tukeyInverseRegression";
import { mean, median, probit } from "simple-statistics";

/** One row of the log; null where its cell is missing. */
export interface LeafSohRow {
  readonly atS: number;
  readonly socPct: number;
  readonly energy: number | null;
  readonly tempC: number | null;
  readonly currentA: number | null;
  /** Capacity that the battery management states: the label. */
  readonly capacityAh: number | null;
  /** State of health that it displays, in %. */
  readonly sohPct: number | null;
}

export interface LeafCar {
  readonly vehicle: string;
  /** In order of time. */
  readonly rows: readonly LeafSohRow[];
}

export interface SohPrediction {
  readonly kind: "soh";
  readonly vehicle: string;
  /** Counted from the car's first row. */
  readonly week: number;
  readonly from: string;
  readonly soh_pct: number | null;
  readonly low80: number | null;
  readonly high80: number | null;
  readonly capacity_ah: number | null;
  readonly reference_ah: number;
  /** What the week itself contributed: nothing for a value that was only carried on. */
  readonly evidence: string;
  /** Why the value moved by more than half a point since the last one. */
  readonly cause: HealthCause | null;
}

interface Week {
  readonly vehicle: string;
  readonly fingerprint: string;
  readonly week: number;
  readonly startS: number;
  readonly rows: readonly LeafSohRow[];
  readonly labelAh: number | null;
}

/** What a group of teachers says of a car of the same model. */
interface Teaching {
  readonly curve: EnergyCurve | null;
  /** Counted charge over true charge, with the spread of a single swing. */
  readonly counting: { readonly ratio: number; readonly spread: number };
}

const WEEK_S = 7 * 86_400;
const TEACHING_DISTANCE_WEEKS = 26;
/** The capacity at which this model's display says 100 %, where the training rows do not tell: 24 kWh Leaf. */
const USUAL_REFERENCE_AH = 65.4;
/** Unlearnt, current sampled every 5 s in traffic counts 11 % too little with this spread (README). */
const UNTAUGHT_COUNTING = { ratio: 0.89, spread: 0.15 };
/** One car's curve against another's of the same model. */
const MODEL_SD = 0.001;
const HALF_WIDTH_SDS = probit(0.9);

/** Weekly predictions of `car`; `train` may hold the same car, recognised by its first rows. */
export function* predictSoh(car: LeafCar, train: readonly LeafCar[]): Iterable<SohPrediction> {
  const taught = train.flatMap(weeksOf);
  const referenceAh = referenceOf(train);
  const teachings = new Map<string, Teaching>();
  let track: HealthTrack | null = null;
  let trackWeek = 0;
  for (const week of weeksOf(car)) {
    const teachers = taught.filter((other) => mayTeach(other, week));
    const key = teachers.map((other) => `${other.fingerprint}/${other.week}`).join();
    const teaching = teachings.get(key) ?? learn(teachers);
    teachings.set(key, teaching);
    const reading = readingOf(week, teaching, referenceAh);
    if (track !== null) track = advanceTrack(track, week.week - trackWeek, reading.health);
    else if (reading.health !== null) track = startTrack(reading.health);
    trackWeek = week.week;
    yield line(week, track, referenceAh, reading.evidence);
  }
}

/** The weeks' labels in points of the reference, to score against. */
export function sohLabels(car: LeafCar, train: readonly LeafCar[]): Map<number, number> {
  const referenceAh = referenceOf(train);
  return new Map(weeksOf(car).flatMap(({ week, labelAh }) => (labelAh === null ? [] : [[week, (100 * labelAh) / referenceAh] as const])));
}

function line(week: Week, track: HealthTrack | null, referenceAh: number, evidence: string): SohPrediction {
  const head = { kind: "soh", vehicle: week.vehicle, week: week.week, from: new Date(1000 * week.startS).toISOString() } as const;
  const tail = { reference_ah: referenceAh, evidence, cause: track?.cause ?? null };
  if (track === null) return { ...head, soh_pct: null, low80: null, high80: null, capacity_ah: null, ...tail };
  const half = HALF_WIDTH_SDS * Math.hypot(track.shownSdPct, MODEL_SD * track.shownPct);
  const value = { soh_pct: track.shownPct, low80: track.shownPct - half, high80: track.shownPct + half };
  return { ...head, ...value, capacity_ah: (track.shownPct * referenceAh) / 100, ...tail };
}

function weeksOf({ vehicle, rows }: LeafCar): Week[] {
  const firstS = rows[0]?.atS ?? 0;
  const fingerprint = JSON.stringify(rows.slice(0, 20).map(({ atS, socPct }) => [atS, socPct]));
  const byWeek = new Map<number, LeafSohRow[]>();
  for (const row of rows) {
    const week = Math.floor((row.atS - firstS) / WEEK_S);
    const same = byWeek.get(week);
    if (same === undefined) byWeek.set(week, [row]);
    else same.push(row);
  }
  return [...byWeek].map(([week, own]) => {
    const labels = own.flatMap(({ capacityAh }) => capacityAh ?? []);
    const labelAh = labels.length === 0 ? null : mean(labels);
    return { vehicle, fingerprint, week, startS: firstS + week * WEEK_S, rows: own, labelAh };
  });
}

function mayTeach(teacher: Week, week: Week): boolean {
  if (teacher.labelAh === null) return false;
  return teacher.fingerprint !== week.fingerprint || Math.abs(teacher.week - week.week) >= TEACHING_DISTANCE_WEEKS;
}

function learn(teachers: readonly Week[]): Teaching {
  const known = teachers.flatMap(({ rows, labelAh }) => (labelAh === null ? [] : [{ rows, capacityAh: labelAh }]));
  const curve = learnEnergyCurve(known.map(({ rows, capacityAh }) => ({ capacityAh, readings: energyReadings(rows) })));
  const ratios = known.flatMap(({ rows, capacityAh }) => swings(rows).map(({ x, y }) => y / x / capacityAh));
  if (ratios.length < 10) return { curve, counting: UNTAUGHT_COUNTING };
  const ratio = median(ratios);
  return { curve, counting: { ratio, spread: 1.4826 * median(ratios.map((one) => Math.abs(one / ratio - 1))) } };
}

function readingOf({ rows }: Week, teaching: Teaching, referenceAh: number): { health: HealthReading | null; evidence: string } {
  const energy = teaching.curve === null ? null : capacityFromEnergy(teaching.curve, energyReadings(rows));
  const own = swings(rows);
  const counted = tukeyInverseRegression(own, 0.005)?.slope ?? null;
  const { ratio, spread } = teaching.counting;
  const opinions = [
    ...(energy === null ? [] : [{ name: "remaining energy", mean: energy.capacityAh, sd: energy.sdAh }]),
    ...(counted === null
      ? []
      : [{ name: "counted charge", mean: counted / ratio, sd: (counted / ratio) * (0.06 + spread / Math.sqrt(own.length)) }]),
  ];
  const fused = fuseEstimates(opinions);
  const evidence = opinions.length === 0 ? "none: too few rows with energy or current" : opinions.map(({ name }) => name).join(", ");
  if (fused === null) return { health: null, evidence };
  return { health: { sohPct: (100 * fused.mean) / referenceAh, sdPct: (100 * fused.sd) / referenceAh }, evidence };
}

function energyReadings(rows: readonly LeafSohRow[]): { energy: number; socPct: number; tempC: number | null }[] {
  return rows.flatMap(({ energy, socPct, tempC }) => (energy === null ? [] : [{ energy, socPct, tempC }]));
}

function swings(rows: readonly LeafSohRow[]) {
  return swingsOf(rows.flatMap(({ atS, currentA, socPct }) => (currentA === null ? [] : [{ atS, currentA, socPct }])));
}

/** Stated capacity over displayed health, where the display has decimals (whole points are 0.6 % coarse). */
function referenceOf(cars: readonly LeafCar[]): number {
  const ratios = cars.flatMap(({ rows }) =>
    rows.flatMap(({ capacityAh, sohPct }) =>
      capacityAh === null || sohPct === null || Number.isInteger(sohPct) || sohPct <= 0 ? [] : [(100 * capacityAh) / sohPct],
    ),
  );
  return ratios.length === 0 ? USUAL_REFERENCE_AH : Math.round(100 * median(ratios)) / 100;
}
