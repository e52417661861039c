import { createRandom, mix, mixUnit } from "./random.ts";
import type { DrivenDay } from "./reading.ts";
import type { Segment } from "./trace.ts";

export type Flaw = "none" | "bad_check" | "clock_reset";

/** One message of a car: what it is, which moment it speaks of, and when it leaves the car (seconds of the day). */
export type Dispatch =
  | {
      readonly kind: "report";
      readonly sentS: number;
      readonly atS: number;
      readonly segment: Segment;
      readonly isReissue: boolean;
      readonly flaw: Flaw;
    }
  | { readonly kind: "login" | "logout" | "heartbeat"; readonly sentS: number; readonly atS: number; readonly sequence: number };

/** Shares of single reports; the sum is the chance that something is wrong with one. */
const LOST = 0.01;
const REPEATED = 0.003;
const BAD_CHECK = 0.0002;
const CLOCK_RESET = 0.0002;
/** Days with a stretch without mobile network, most of which the car stores and sends later (command 3). */
const OUTAGE_DAYS = 0.04;
const OUTAGES_STORED = 0.75;
const REISSUED_TWICE = 0.05;
const REISSUE_AFTER_S = 60;
const REISSUE_EVERY_S = 2;
const HEARTBEAT_S = 1800;
const DAY_S = 86_400;

interface Outage {
  readonly fromS: number;
  readonly toS: number;
  readonly isStored: boolean;
}

/** Everything a car sends in a day, in order of sending, at one report per `intervalS` while it is awake. */
export function scheduleDay(driven: DrivenDay, intervalS: number): readonly Dispatch[] {
  const outage = outageOf(driven);
  const sent: Dispatch[] = [];
  for (const segment of driven.trace.segments) {
    for (let atS = segment.startS; atS < segment.endS; atS += intervalS) {
      sendReport(sent, driven.state.seed, segment, atS);
    }
  }
  const kept = outage === null ? sent : withOutage(sent, outage, driven.state.seed);
  return [...sessionMessages(driven.trace.segments), ...kept].sort((a, b) => a.sentS - b.sentS);
}

function sendReport(sent: Dispatch[], daySeed: number, segment: Segment, atS: number): void {
  const chance = mixUnit(mix(daySeed, atS), 61);
  if (chance < LOST) return;
  const flaw = flawOf(chance - LOST - REPEATED);
  const report: Dispatch = { kind: "report", sentS: atS, atS, segment, isReissue: false, flaw };
  sent.push(report);
  if (chance < LOST + REPEATED) sent.push(report);
}

function flawOf(chance: number): Flaw {
  if (chance < 0) return "none";
  if (chance < BAD_CHECK) return "bad_check";
  return chance < BAD_CHECK + CLOCK_RESET ? "clock_reset" : "none";
}

function outageOf(driven: DrivenDay): Outage | null {
  const random = createRandom(mix(driven.state.seed, 5));
  const { segments } = driven.trace;
  const segment = segments[Math.floor(random.unit() * segments.length)];
  if (!random.chance(OUTAGE_DAYS) || segment === undefined) return null;
  const fromS = Math.floor(random.between(segment.startS, segment.endS));
  return { fromS, toS: fromS + random.integer(600, 3600), isStored: random.chance(OUTAGES_STORED) };
}

/** What was said during the outage leaves later, a report every two seconds, or never. */
function withOutage(sent: readonly Dispatch[], outage: Outage, daySeed: number): Dispatch[] {
  const isCut = (message: Dispatch): boolean => message.atS >= outage.fromS && message.atS < outage.toS;
  const kept = sent.filter((message) => !isCut(message));
  if (!outage.isStored) return kept;
  let sentS = outage.toS + REISSUE_AFTER_S;
  for (const message of sent.filter(isCut)) {
    if (message.kind !== "report" || sentS >= DAY_S) continue;
    const late: Dispatch = { ...message, sentS, isReissue: true };
    kept.push(late);
    if (mixUnit(daySeed, message.atS) < REISSUED_TWICE) kept.push(late);
    sentS += REISSUE_EVERY_S;
  }
  return kept;
}

/** A login when the car wakes, a logout when it falls asleep, and a heartbeat now and then while it charges. */
function sessionMessages(segments: readonly Segment[]): Dispatch[] {
  const messages: Dispatch[] = [];
  let sequence = 0;
  segments.forEach((segment, i) => {
    if (segments[i - 1]?.endS !== segment.startS) {
      sequence += 1;
      messages.push({ kind: "login", sentS: segment.startS, atS: segment.startS, sequence });
    }
    for (let atS = segment.startS + HEARTBEAT_S; segment.kind === "charge" && atS < segment.endS; atS += HEARTBEAT_S) {
      messages.push({ kind: "heartbeat", sentS: atS, atS, sequence });
    }
    if (segments[i + 1]?.startS !== segment.endS) {
      messages.push({ kind: "logout", sentS: segment.endS, atS: segment.endS, sequence });
    }
  });
  return messages.filter((message) => message.sentS < DAY_S);
}
