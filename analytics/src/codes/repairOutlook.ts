/** What standing codes foretell, and whether they came in a burst (methods 5.1, 5.2). */
import { type Day, daysBetween } from "../engine/days.ts";
import { countTail } from "../stats/countTail.ts";
import type { CodeLife } from "./codeLife.ts";
import type { LearntSet } from "./learntSets.ts";
import { repairRiskOf } from "./repairRisk.ts";
import { type RepairRisks, RISK_HORIZON_DAYS } from "./repairRisks.ts";

export type RepairOutlook =
  /** By the hazard, where one has been learnt for the component and proven on unseen vehicles. */
  | { readonly kind: "hazard"; readonly component: string; readonly risk: ReturnType<typeof repairRiskOf> }
  | { readonly kind: "learnt"; readonly set: LearntSet; readonly probability: number }
  /** The codes were set longer ago than the window reaches. */
  | { readonly kind: "window_passed" }
  | { readonly kind: "not_enough_history" };

/** A set counts when its codes were set within this many days of one another, as it was learnt. */
const TOGETHER_DAYS = 1;
const BURST_CODES_MIN = 3;
const BURST_TAIL = 1e-4;
/** About one episode a car and year, worth as much as one year of the car's own history. */
const PRIOR_EPISODES = 1;
const PRIOR_DAYS = 365;

/**
 * Probability of a repair within the window, from the surest set (highest low end) that the standing codes complete and that holds
 * one of `about`. Laplace's (followed + 1) / (occurrences + 2), so that five of five is not certainty.
 * @param standing every code that stands, whatever component it speaks of
 */
export function repairOutlook(
  about: readonly CodeLife[],
  standing: readonly CodeLife[],
  sets: readonly LearntSet[],
  today: Day,
): RepairOutlook {
  const setOn = new Map(standing.map(({ key, episodeDay }) => [key, episodeDay]));
  const own = new Set(about.map(({ key }) => key));
  const matching = sets.flatMap((set) => {
    const days = set.codes.flatMap((code) => setOn.get(code) ?? []).sort();
    const [first, last] = [days[0], days.at(-1)];
    if (first === undefined || last === undefined || days.length < set.codes.length) return [];
    return daysBetween(first, last) <= TOGETHER_DAYS && set.codes.some((code) => own.has(code)) ? [{ set, completedOn: last }] : [];
  });
  const open = matching.filter(({ set, completedOn }) => daysBetween(completedOn, today) <= set.horizonDays).map(({ set }) => set);
  const surest = open.reduce<LearntSet | null>((best, set) => (best === null || set.low90 > best.low90 ? set : best), null);
  if (surest !== null) return { kind: "learnt", set: surest, probability: (surest.followed + 1) / (surest.occurrences + 2) };
  return { kind: matching.length > 0 ? "window_passed" : "not_enough_history" };
}

/**
 * The same from the hazard of a component's repairs (`repairRisk.ts`), which weighs all codes of the car's newest moment at once; null where
 * none was learnt, or where that moment is longer ago than the window reaches.
 * @param ageYears of the car; null: not known
 */
export function hazardOutlook(
  component: string,
  standing: readonly CodeLife[],
  risks: RepairRisks | undefined,
  { vin, day, ageYears }: { readonly vin: string; readonly day: Day; readonly ageYears: number | null },
): RepairOutlook | null {
  const risk = risks?.get(component);
  const newest = standing
    .map(({ episodeDay }) => episodeDay)
    .sort()
    .at(-1);
  if (risk === undefined || newest === undefined || daysBetween(newest, day) > RISK_HORIZON_DAYS) return null;
  const keysOf = (lives: readonly CodeLife[]) => lives.map(({ key }) => key).sort();
  const now = keysOf(standing.filter(({ episodeDay }) => episodeDay === newest));
  // Learnt with days as moments, of which one day's codes are together.
  const instant = { unit: vin, atMs: Date.parse(newest), now, active: now, partAgeMs: new Map<string, number>() };
  return { kind: "hazard", component, risk: repairRiskOf(risk, instant, ageYears) };
}

/**
 * How many codes began their episode on `day`, and whether that is a burst: at least three, and more than the car's own pace explains
 * (Poisson tail; its pace shrunk to one episode a year).
 */
export function burstOn(lives: readonly CodeLife[], day: Day, today: Day): { readonly codes: number; readonly isBurst: boolean } {
  const codes = lives.filter(({ episodeDay }) => episodeDay === day).length;
  const firstDay = lives.map((life) => life.firstDay).sort()[0] ?? today;
  const others = lives.reduce((sum, { episodes }) => sum + episodes, 0) - codes;
  const perDay = (others + PRIOR_EPISODES) / (daysBetween(firstDay, today) + PRIOR_DAYS);
  return { codes, isBurst: codes >= BURST_CODES_MIN && countTail(codes, perDay) < BURST_TAIL };
}
