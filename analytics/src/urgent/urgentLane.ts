import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { RecordSink } from "@bellwether/runtime/log/records";
import type { AnalyticsConfig } from "../config.ts";
import type { DatedFinding } from "../engine/datedFinding.ts";
import { advanceCursors, type Cursor, isVisible, type LandedRange, readLanded } from "../engine/landed.ts";
import { LIVE_MS } from "../engine/live.ts";
import type { EngineState } from "../engine/state.ts";
import type { Touched } from "../engine/touched.ts";
import { publishFindings, REVISIONS_PER_STEP } from "../publish.ts";
import type { CompiledRule } from "../rules/compile.ts";
import { evaluateRules } from "../rules/evaluate.ts";
import { describeUpdates } from "../rules/evidence.ts";
import { type RuleUpdate, ruleUpdates } from "../rules/updates.ts";
import { type Candidate, isOpenQuestion, readCandidates } from "./candidates.ts";
import { type EarlyWord, restoreEarlyWords } from "./earlyWords.ts";
import { type UrgentRule, urgentRulesOf } from "./urgentRules.ts";

/**
 * The first word on what one report decides, ahead of the step that judges every rule over every row: at 24,000 reports a second a
 * step takes seconds, and while the days of a fleet close, minutes. The lane reads only what has just landed and only the rows that
 * may fire, judges those vehicles with the same code from where the rules stand, and tells the opening that the step will find. The
 * step stays the authority: it leaves out what was told here, and withdraws what a late row has undone since.
 */
export interface UrgentLane {
  /** Tells what has landed since the last look; returns how many findings that were. */
  look(engine: LookedAt): Promise<number>;
  /** The findings that were not told here. Waits for those under way; one that could not be told is left to the caller. */
  untold(findings: readonly DatedFinding[]): Promise<readonly DatedFinding[]>;
  /** What was told here of a vehicle and is not what the rules have found now that they have come past it. */
  undone(vin: string, state: EngineState, found: ReadonlySet<string>): readonly RuleUpdate[];
  /** After a step was saved: what the rules have come past is theirs. */
  forget(state: EngineState): void;
}

/** What the lane needs of the engine. */
export interface LookedAt {
  readonly rules: readonly CompiledRule[];
  readonly state: EngineState;
  readonly config: AnalyticsConfig;
}

interface LaneDeps {
  readonly store: ColumnStore;
  readonly sink: RecordSink;
  readonly now: () => number;
}

/** How long an engine may have been away and still withdraw what it told early. */
const RESTORE_MS = 7 * 24 * 3_600_000;
/** Enough for a look to catch up with the largest load in one statement. */
const ROWS_PER_LOOK = 1_000_000;

/** Begins where the rules stand; `state` as it was read from the store. */
export async function openUrgentLane(deps: LaneDeps, { rules, state }: LookedAt): Promise<UrgentLane> {
  let cursors = state.cursors;
  const words = new Map<string, EarlyWord>();
  for (const word of await restoreEarlyWords(deps.store, urgentRulesOf(rules), state, deps.now() - RESTORE_MS))
    words.set(word.update.id, word);

  async function tell(updates: readonly RuleUpdate[], places: ReadonlyMap<string, Cursor>, engine: LookedAt): Promise<number> {
    const findings = await describeUpdates(deps.store, updates, isVisible(cursors));
    const fresh = updates.flatMap((update, i) => {
      const finding = findings[i];
      const isNew = finding !== undefined && !words.has(update.id) && !isJudged(engine.state, update);
      return isNew ? [{ update, finding }] : [];
    });
    if (fresh.length === 0) return 0;
    // Below every revision of the step that will judge these rows, so that its word is the last.
    const revision = Math.max(0, engine.state.step * REVISIONS_PER_STEP - fresh.length);
    const sending = publishFindings(
      deps,
      fresh.map(({ finding }) => finding),
      revision,
    );
    const isSent = sending.then(
      () => true,
      () => false,
    );
    for (const { update, finding } of fresh) {
      words.set(update.id, { update, lastSeen: finding.lastSeen, place: places.get(update.vin) ?? null, isSent });
    }
    await sending;
    return fresh.length;
  }

  async function lookAt(engine: LookedAt, urgent: readonly UrgentRule[], ranges: readonly LandedRange[]): Promise<number> {
    const fresh = (await readCandidates(deps, urgent, ranges)).filter((one) => isOpenQuestion(one, urgent, engine.state, words));
    if (fresh.length === 0) return 0;
    const openings = await findOpenings(deps, urgent, fresh, isVisible(cursors), engine);
    return openings.length === 0 ? 0 : tell(openings, new Map(fresh.map(({ vin, place }) => [vin, place])), engine);
  }

  return {
    async look(engine) {
      const urgent = urgentRulesOf(engine.rules);
      const ranges = await readLanded(deps.store, cursors, ROWS_PER_LOOK);
      const before = cursors;
      cursors = advanceCursors(cursors, ranges);
      try {
        return urgent.length === 0 ? 0 : await lookAt(engine, urgent, ranges);
      } catch (error) {
        cursors = before;
        throw error;
      }
    },
    async untold(findings) {
      const told = await Promise.all(
        findings.map(async ({ finding: { id, state, lastSeen } }) => {
          const word = words.get(id);
          return word !== undefined && state === "active" && word.lastSeen === lastSeen && (await word.isSent);
        }),
      );
      return findings.filter((_, i) => told[i] !== true);
    },
    undone: (vin, state, found) =>
      [...words.values()].flatMap(({ update, place }) => {
        const isUndone = update.vin === vin && isPast(state, update, place) && !found.has(update.id);
        return isUndone ? [{ ...update, state: "cleared" as const, isWithdrawn: true }] : [];
      }),
    forget(state) {
      for (const [id, { update, place }] of words) if (isPast(state, update, place)) words.delete(id);
    },
  };
}

/** What the step will find open in these vehicles at the report that decided, of live reports. */
async function findOpenings(
  { store, now }: LaneDeps,
  urgent: readonly UrgentRule[],
  candidates: readonly Candidate[],
  rowFilter: string,
  { state: { vehicles }, config }: LookedAt,
): Promise<readonly RuleUpdate[]> {
  const rules = urgent.map(({ compiled }) => compiled);
  const scan = { store, rules, rowFilter, offsetMinutes: config.analyticsDayOffsetMinutes };
  const evaluations = await evaluateRules(scan, new Map(candidates.map((one) => [one.vin, touchedBy(one)])), vehicles);
  return evaluations.flatMap((evaluation) => {
    const published = vehicles.get(evaluation.vin)?.published ?? {};
    const { updates } = ruleUpdates(evaluation, rules, published, Number.POSITIVE_INFINITY);
    return updates.filter(
      ({ state, startMs, lastFiringMs }) => state === "active" && startMs === lastFiringMs && now() - startMs < LIVE_MS,
    );
  });
}

function touchedBy({ vin, minMs, maxMs, rows }: Candidate): Touched {
  return { vin, minMs, maxMs, rows, days: [] };
}

/** The rules have judged this moment of the vehicle, in a step that is done or under way: theirs to tell. */
function isJudged(state: EngineState, { vin, knownMs }: RuleUpdate): boolean {
  return (state.vehicles.get(vin)?.snapshot.watermarkMs ?? 0) >= knownMs;
}

/** Whether the step of these cursors has the report that decided. */
function isPast(state: EngineState, update: RuleUpdate, place: Cursor | null): boolean {
  if (place === null) return isJudged(state, update);
  return state.cursors.some(
    (cursor) => cursor.topic === place.topic && cursor.partition === place.partition && cursor.nextOffset > place.nextOffset,
  );
}
