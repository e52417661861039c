import type { Component } from "@bellwether/contracts/finding";
import { DateTime } from "luxon";
import { type CarePlan, type CareText, itemsFor, type MaintenanceItem } from "./carePlan.ts";

/** What care a vehicle is due, pure. What is not known is no reason to write. */

/** One day of use, from the features of the family `usage`; null: not known of that day. */
export interface UsageDay {
  readonly day: string;
  readonly distanceKm: number | null;
  readonly chargingH: number | null;
  readonly dcChargingH: number | null;
  readonly ambientMinC: number | null;
}

export interface CareFacts {
  readonly model: string;
  readonly region: string;
  readonly builtOn: string | null;
  readonly odometerKm: number | null;
  /** The last 60 days with reports, oldest first. */
  readonly days: readonly UsageDay[];
  readonly done: readonly MaintenanceDone[];
}

/** Maintenance that was done: of one item (the owner's word) or of a component (a workshop's routine visit). */
export interface MaintenanceDone {
  readonly item: string | null;
  readonly component: Component | null;
  readonly atMs: number;
  readonly odometerKm: number | null;
}

export interface CareNotice {
  readonly kind: "winter" | "long_trip" | "maintenance";
  /** The same vehicle, kind and occasion is told once. */
  readonly occasion: string;
  readonly item: string | null;
  readonly text: CareText;
  /** What made it due. */
  readonly dueKm: number | null;
  readonly dueOn: string | null;
}

export interface CareQuestion {
  readonly nowMs: number;
  /** The owner's. */
  readonly timeZone: string;
  readonly facts: CareFacts;
  readonly plan: CarePlan;
}

/** Days the cold is looked for in. */
const COLD_WINDOW_DAYS = 14;

/** Everything due, most useful first. Empty for a car nobody has heard of lately: it may have been sold or scrapped. */
export function decideCare(question: CareQuestion): readonly CareNotice[] {
  const { facts, plan } = question;
  if (facts.days.length === 0) return [];
  const today = localDay(question.nowMs, question.timeZone);
  const maintenance = itemsFor(plan, facts.model).map((item) => maintenanceNotice(item, facts, today));
  const seasonal = [winterNotice(question, today), longTripNotice(question, today)];
  return [...maintenance, ...seasonal].filter((notice) => notice !== null);
}

/** The owner's calendar day as midnight UTC, so that days can be counted. A zone nobody knows is read as UTC. */
function localDay(nowMs: number, timeZone: string): DateTime {
  const local = DateTime.fromMillis(nowMs, { zone: timeZone });
  const { year, month, day } = local.isValid ? local : DateTime.fromMillis(nowMs, { zone: "utc" });
  return DateTime.utc(year, month, day);
}

function winterNotice({ timeZone, facts, plan }: CareQuestion, today: DateTime): CareNotice | null {
  const { from, to, coldC, coldDays, coldRegions, southernZones, text } = plan.winter;
  const isSouthern = southernZones.some((zone) => timeZone.startsWith(zone));
  const season = isSouthern ? today.plus({ months: 6 }) : today;
  const monthDay = season.toFormat("MM-dd");
  const isWinter = from > to ? monthDay >= from || monthDay <= to : monthDay >= from && monthDay <= to;
  if (!isWinter) return null;
  const since = today.minus({ days: COLD_WINDOW_DAYS }).toISODate() ?? "";
  const cold = facts.days.filter(({ day, ambientMinC }) => day >= since && ambientMinC !== null && ambientMinC <= coldC);
  if (!coldRegions.includes(facts.region) && cold.length < coldDays) return null;
  // January belongs to the winter that began the year before.
  const year = from > to && monthDay <= to ? season.year - 1 : season.year;
  return { kind: "winter", occasion: String(year), item: null, text, dueKm: null, dueOn: null };
}

function longTripNotice({ timeZone, facts, plan }: CareQuestion, today: DateTime): CareNotice | null {
  const { noticeDays, longDayKm, longDays, fastChargeShare, occasions, text, fastChargeText } = plan.longTrips;
  if (facts.days.filter(({ distanceKm }) => distanceKm !== null && distanceKm >= longDayKm).length < longDays) return null;
  const until = today.plus({ days: noticeDays });
  for (const { id, on, zones } of occasions) {
    if (zones.length > 0 && !zones.includes(timeZone)) continue;
    const date = on.map((day) => nextDay(day, today)).find((day) => day !== null && day > today && day <= until);
    if (date == null) continue;
    const chargedH = sum(facts.days.map(({ chargingH }) => chargingH));
    const isFast = chargedH > 0 && sum(facts.days.map(({ dcChargingH }) => dcChargingH)) / chargedH >= fastChargeShare;
    const words = isFast ? fastChargeText : text;
    return { kind: "long_trip", occasion: `${id}-${date.year}`, item: null, text: words, dueKm: null, dueOn: date.toISODate() };
  }
  return null;
}

/** The next time a month and day comes; a full date as it is. Null for 29 February in a year without one. */
function nextDay(day: string, today: DateTime): DateTime | null {
  const dates = day.length === 10 ? [day] : [`${today.year}-${day}`, `${today.year + 1}-${day}`];
  return dates.map((date) => DateTime.fromISO(date, { zone: "utc" })).find((date) => date.isValid && date > today) ?? null;
}

function maintenanceNotice(item: MaintenanceItem, facts: CareFacts, today: DateTime): CareNotice | null {
  const last = facts.done
    .filter((done) => done.item === item.id || done.component === item.component)
    .reduce<MaintenanceDone | null>((latest, done) => (latest === null || done.atMs > latest.atMs ? done : latest), null);
  const due = last === null ? dueSinceDelivery(item, facts, today) : dueSince(item, last, facts, today);
  return due === null ? null : { kind: "maintenance", item: item.id, text: item.text, ...due };
}

type Due = Pick<CareNotice, "occasion" | "dueKm" | "dueOn">;

/** The interval after the last time it was done; it stays due until it is done. */
function dueSince(item: MaintenanceItem, last: MaintenanceDone, { odometerKm }: CareFacts, today: DateTime): Due | null {
  const doneOn = DateTime.fromMillis(last.atMs, { zone: "utc" }).startOf("day");
  const dueKm = item.everyKm === null || last.odometerKm === null ? null : last.odometerKm + item.everyKm;
  const dueOn = item.everyMonths === null ? null : doneOn.plus({ months: item.everyMonths });
  const isByKm = dueKm !== null && odometerKm !== null && odometerKm >= dueKm - item.noticeKm;
  const isByTime = dueOn !== null && today >= dueOn.minus({ days: item.noticeDays });
  if (!isByKm && !isByTime) return null;
  const occasion = `${item.id}/after-${doneOn.toISODate()}`;
  return { occasion, dueKm: isByKm ? dueKm : null, dueOn: isByTime ? (dueOn?.toISODate() ?? null) : null };
}

/**
 * Nobody knows when it was done: intervals count from delivery, by distance or time, whichever is further, and only the
 * one just due is spoken of. Whether older ones were kept is not guessed.
 */
function dueSinceDelivery(item: MaintenanceItem, facts: CareFacts, today: DateTime): Due | null {
  const byKm = intervalByKm(item, facts);
  const byTime = intervalByTime(item, facts, today);
  const number = Math.max(byKm?.number ?? 0, byTime?.number ?? 0);
  const dueKm = byKm !== null && byKm.number === number && byKm.isJustDue ? byKm.dueKm : null;
  const dueOn = byTime !== null && byTime.number === number && byTime.isJustDue ? byTime.dueOn : null;
  return number < 1 || (dueKm === null && dueOn === null) ? null : { occasion: `${item.id}/${number}`, dueKm, dueOn };
}

function intervalByKm({ everyKm, noticeKm }: MaintenanceItem, { odometerKm }: CareFacts) {
  if (everyKm === null || odometerKm === null) return null;
  const number = Math.floor((odometerKm + noticeKm) / everyKm);
  const dueKm = number * everyKm;
  return { number, dueKm, isJustDue: odometerKm <= dueKm + noticeKm };
}

function intervalByTime({ everyMonths, noticeDays }: MaintenanceItem, { builtOn }: CareFacts, today: DateTime) {
  if (everyMonths === null || builtOn === null) return null;
  const built = DateTime.fromISO(builtOn, { zone: "utc" });
  const number = intervalsBetween(built, today.plus({ days: noticeDays }), everyMonths);
  const due = built.plus({ months: number * everyMonths });
  return { number, dueOn: due.toISODate(), isJustDue: today <= due.plus({ days: noticeDays }) };
}

function intervalsBetween(from: DateTime, to: DateTime, months: number): number {
  return to < from ? 0 : Math.floor(to.diff(from, "months").months / months);
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
