import { judgedHash } from "@bellwether/analytics/rules/judgedHash";
import { decideGate, type GatePolicy } from "@bellwether/analytics/workbench/gate";
import { PREVIOUS_STATUS, type RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { lintRule, readRuleFiles } from "./catalogue.ts";
import { advanceDraft, type Change, type Draft, findDraft, listDrafts, recordRuleEvent } from "./drafts.ts";
import { failingExamples } from "./examples.ts";
import { championOf, type FileChange, isWritable, liveFiles, rollbackFiles, shadowFile, withStatus, writeFiles } from "./lifecycle.ts";
import { evidenceOf, refusalsAlone } from "./promotion.ts";
import type { Report } from "./reportSchemas.ts";
import { findBacktest, findComparison, type StoredRun } from "./runs.ts";

/** Where rules are: a directory of the operator's own may be written to, the shipped one not. */
export interface RulesPlace {
  readonly dir: string;
  readonly isOwn: boolean;
}

export interface StepDeps {
  readonly db: Postgres;
  readonly place: RulesPlace;
  readonly gate: GatePolicy;
}

export type StepResult =
  | {
      readonly kind: "done";
      readonly isWritten: boolean;
      readonly reason: string | null;
      readonly files: readonly FileChange[];
      readonly ruleId: string;
    }
  | { readonly kind: "not_found" }
  | { readonly kind: "refused"; readonly reason: string };

/** One step at a time over all processes, so that two people cannot promote over each other. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtext('bellwether rule files'))";

/** Whether files are written here, and if not, why. */
export async function placeState({ dir, isOwn }: RulesPlace): Promise<{ readonly isWritable: boolean; readonly reason: string | null }> {
  if (!isOwn)
    return { isWritable: false, reason: "ANALYTICS_RULES_DIR is not set; the rules that ship with Bellwether are not changed from here" };
  const may = await isWritable(dir);
  return { isWritable: may, reason: may ? null : "the rules directory cannot be written to" };
}

/** Puts a draft into shadow: on live data it is judged like a live rule, but nobody is told. */
export function shadowDraft(deps: StepDeps, id: string, change: Change): Promise<StepResult> {
  return inTurn(deps, async (tx, files) => {
    const draft = await findDraft(tx, id);
    if (draft === null) return { kind: "not_found" };
    if (draft.state !== "draft") return { kind: "refused", reason: `this draft is ${draft.state} already` };
    const { rule, problems } = lintRule(`${draft.ruleId}.yaml`, draft.text);
    if (rule === null) return { kind: "refused", reason: `the text has ${problems.length} problems: ${problems[0]?.message ?? ""}` };
    const failing = await failingExamples(`${draft.ruleId}.yaml`, draft.text);
    if (failing.length > 0) return { kind: "refused", reason: misbehaves(failing) };
    const file = shadowFile(draft.text, rule, files);
    const ruleId = lintRule(file.file, file.text).rule?.id ?? rule.id;
    const about: About = { ruleId, draftId: id, action: "shadow", detail: draft.note, evidence: null };
    const done = await settle(deps, tx, [file], about, change);
    if (done.isWritten) await advanceDraft(tx, id, { state: "shadow", text: file.text, ruleId }, change.nowMs);
    return { kind: "done", ...done, files: [file], ruleId };
  });
}

/** What is asked of a promotion besides the rule. */
export interface PromotionAsked {
  readonly reason: string;
  /** The rule it is held against, where it is not the one it `challenges`. */
  readonly championId?: string | undefined;
  /** Although the gate refuses; the refusal goes into the record with it. */
  readonly isForced?: boolean;
}

/** One step on: a draft file into shadow when its examples behave, a shadow rule live if the gate lets it; the one it challenges is retired. */
export function promoteRule(deps: StepDeps, ruleId: string, asked: PromotionAsked, change: Change): Promise<StepResult> {
  return inTurn(deps, async (tx, files) => {
    const file = files.find(({ rule }) => rule.id === ruleId);
    if (file === undefined) return { kind: "not_found" };
    if (file.rule.status === "draft") return shadowDraftFile(deps, tx, file, asked, change);
    if (file.rule.status !== "shadow")
      return { kind: "refused", reason: `only a draft or a shadow rule can go on; ${ruleId} is ${file.rule.status}` };
    return makeLive(deps, { tx, files, file, asked, change });
  });
}

async function shadowDraftFile(
  deps: StepDeps,
  tx: Queryable,
  file: RuleFileOnDisk,
  { reason }: PromotionAsked,
  change: Change,
): Promise<StepResult> {
  const failing = await failingExamples(file.file, file.text);
  if (failing.length > 0) return { kind: "refused", reason: misbehaves(failing) };
  const ruleId = file.rule.id;
  const changes = [{ file: file.file, text: withStatus(file.text, "shadow"), before: file }];
  const done = await settle(deps, tx, changes, { ruleId, draftId: null, action: "shadow", detail: reason, evidence: null }, change);
  return { kind: "done", ...done, files: changes, ruleId };
}

interface GoingLive {
  readonly tx: Queryable;
  readonly files: readonly RuleFileOnDisk[];
  readonly file: RuleFileOnDisk;
  readonly asked: PromotionAsked;
  readonly change: Change;
}

async function makeLive(deps: StepDeps, { tx, files, file, asked, change }: GoingLive): Promise<StepResult> {
  const ruleId = file.rule.id;
  const champion = championOf({ challenges: asked.championId ?? file.rule.challenges }, files);
  if (asked.championId !== undefined && champion === null) return { kind: "refused", reason: `there is no rule ${asked.championId}` };
  const { refusal, report } = await decide(deps, tx, file, champion, change.nowMs);
  const draft = await draftOf(tx, ruleId);
  const draftId = draft?.id ?? null;
  if (refusal !== null && asked.isForced !== true) {
    const event = { ruleId, draftId, action: "promotion refused", detail: refusal, before: null, after: null };
    await recordRuleEvent(tx, event, change);
    return { kind: "refused", reason: refusal };
  }
  const changes = liveFiles(file, files, report === null ? null : evidenceOf(report, file.rule, change));
  const evidence = report?.provenance.resultHash ?? null;
  const detail = refusal === null ? asked.reason : `${asked.reason} (forced, although ${refusal})`;
  const done = await settle(deps, tx, changes, { ruleId, draftId, action: "promote", detail, evidence }, change);
  if (done.isWritten && draft !== null)
    await advanceDraft(tx, draft.id, { state: "live", text: changes[0]?.text ?? "", ruleId }, change.nowMs);
  return { kind: "done", ...done, files: changes, ruleId };
}

/**
 * One step back: a live rule gives way to the one it replaced, else it goes into shadow; a shadow rule becomes a draft, a retired one is
 * live again.
 */
export function rollbackRule(deps: StepDeps, ruleId: string, reason: string, change: Change): Promise<StepResult> {
  return inTurn(deps, async (tx, files) => {
    const file = files.find(({ rule }) => rule.id === ruleId);
    if (file === undefined) return { kind: "not_found" };
    const before = PREVIOUS_STATUS[file.rule.status];
    if (before === null) return { kind: "refused", reason: `${ruleId} is a draft: there is no step back` };
    const isLive = file.rule.status === "live";
    const changes = isLive ? rollbackFiles(file, files) : [{ file: file.file, text: withStatus(file.text, before), before: file }];
    const draft = await draftOf(tx, ruleId);
    const about: About = { ruleId, draftId: draft?.id ?? null, action: "rollback", detail: reason, evidence: null };
    const done = await settle(deps, tx, changes, about, change);
    return { kind: "done", ...done, files: changes, ruleId };
  });
}

function inTurn(
  { db, place }: StepDeps,
  step: (tx: Queryable, files: readonly RuleFileOnDisk[]) => Promise<StepResult>,
): Promise<StepResult> {
  return db.transaction(async (tx) => {
    await tx.execute(LOCK);
    return step(tx, await readRuleFiles(place.dir));
  });
}

interface About {
  readonly ruleId: string;
  readonly draftId: string | null;
  readonly action: "shadow" | "promote" | "rollback";
  readonly detail: string;
  readonly evidence: string | null;
}

/** Writes the files where that is allowed, and the record in any case. */
async function settle({ place }: StepDeps, tx: Queryable, changes: readonly FileChange[], about: About, change: Change) {
  const { isWritable: isWritten, reason } = await placeState(place);
  const { ruleId, draftId, evidence } = about;
  for (const { text, before } of changes) {
    const action = isWritten ? about.action : `${about.action}, files not written`;
    await recordRuleEvent(tx, { ruleId, draftId, action, detail: about.detail, before: before?.text ?? null, after: text }, change);
  }
  if (isWritten) {
    const at = new Date(change.nowMs).toISOString();
    const action = about.action === "rollback" ? "rollback" : "promote";
    await writeFiles(place.dir, changes, { action, actor: change.actor, at, reason: about.detail, evidence });
  }
  return { isWritten, reason };
}

async function draftOf(tx: Queryable, ruleId: string): Promise<Draft | null> {
  const drafts = await listDrafts(tx, ruleId, 50);
  return drafts.find((draft) => draft.ruleId === ruleId && draft.state !== "draft") ?? null;
}

/** What a decision rests on, and why it is no, if it is. */
interface Decision {
  readonly refusal: string | null;
  readonly report: Report | null;
}

/** The gate's word on the newest run of exactly these texts, then the rule's own examples. */
async function decide(
  deps: StepDeps,
  tx: Queryable,
  challenger: RuleFileOnDisk,
  champion: RuleFileOnDisk | null,
  nowMs: number,
): Promise<Decision> {
  const own = judgedHash(challenger.rule);
  const decided =
    champion === null
      ? decideAlone(deps.gate, await findBacktest(tx, own, nowMs))
      : decideAgainst(deps.gate, await findComparison(tx, own, judgedHash(champion.rule), nowMs), challenger.rule.id, champion.rule.id);
  if (decided.refusal !== null) return decided;
  const failing = await failingExamples(challenger.file, challenger.text);
  return failing.length === 0 ? decided : { ...decided, refusal: misbehaves(failing) };
}

function misbehaves(failing: readonly string[]): string {
  return `the rule does not behave as its examples say: ${failing.join("; ")}`;
}

/** The gate of now: it may ask for more than it did when the comparison ran. */
function decideAgainst(gate: GatePolicy, run: StoredRun | null, challengerId: string, championId: string): Decision {
  const comparison = run?.result?.kind === "comparison" ? run.result.comparison : null;
  if (comparison === null) {
    return { refusal: `there is no finished comparison of ${challengerId} with ${championId}: run one first`, report: null };
  }
  const failed = decideGate(comparison, gate).checks.filter(({ isPassed }) => !isPassed);
  const said = failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
  return { refusal: failed.length === 0 ? null : `the gate refuses: ${said}`, report: comparison.b };
}

/** A rule that replaces none must have been back-tested with enough faults, long enough, and must save something. */
function decideAlone(gate: GatePolicy, run: StoredRun | null): Decision {
  const report = run?.result?.kind === "backtest" ? run.result.report : null;
  if (report === null) return { refusal: "there is no finished back-test of this version: run one first", report: null };
  const problems = refusalsAlone(gate, report);
  return { refusal: problems.length === 0 ? null : `the gate refuses: ${problems.join("; ")}`, report };
}
