import type {
  DraftJson,
  LabelImport,
  LabelQuality,
  Lint,
  RuleDetail,
  RuleList,
  RunDetail,
  Step,
  Unjudged,
} from "@bellwether/alerts/api/workbenchSchemas";
import type { Explanation } from "@bellwether/alerts/workbench/reportSchemas";
import { query, request } from "./api.ts";

/** A rule of the catalogue, a draft, or a text saved nowhere; with parameters tried in place of its own. */
export interface Subject {
  readonly ruleId?: string;
  readonly draftId?: string;
  readonly text?: string;
  readonly parameters?: Readonly<Record<string, number>>;
}

export interface RunScope {
  readonly sampleShare?: number;
  readonly policy?: { readonly resamples?: number };
}

const post = <T>(path: string, body?: object) =>
  request<T>(path, { method: "POST", ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const at = (folder: string, id: string, step = "") => `/${folder}/${encodeURIComponent(id)}${step}`;

export const workbench = {
  rules: () => request<RuleList>("/rules"),
  rule: (id: string) => request<RuleDetail>(at("rules", id)),
  lint: (text: string, parameters: Readonly<Record<string, number>> = {}) =>
    post<Lint & { text: string }>("/rules/lint", { text, parameters }),
  draft: (id: string) => request<DraftJson>(at("drafts", id)),
  createDraft: (ruleId: string, text: string) => post<DraftJson>("/drafts", { ruleId, text }),
  updateDraft: (id: string, revision: number, text: string) =>
    request<DraftJson>(at("drafts", id), { method: "PUT", body: JSON.stringify({ text, revision }) }),
  shadow: (draftId: string) => post<Step>(at("drafts", draftId, "/shadow")),
  promote: (ruleId: string, reason: string) => post<Step>(at("rules", ruleId, "/promote"), { reason }),
  rollback: (ruleId: string, reason: string) => post<Step>(at("rules", ruleId, "/rollback"), { reason }),
  backtest: (rule: Subject, scope: RunScope & { sweep?: readonly { parameter: string; values: readonly number[] }[] }) =>
    post<{ id: string }>("/backtests", { rule, ...scope }),
  compare: (champion: Subject, challenger: Subject) => post<{ id: string }>("/comparisons", { champion, challenger }),
  run: (id: string) => request<RunDetail>(at("backtests", id)),
  cancel: (id: string) => post<{ isCancelled: boolean }>(at("backtests", id, "/cancel")),
  explain: (rule: string, vin: string, time: string) => request<Explanation>(`/explain${query({ rule, vin, at: time })}`),
  unjudged: (limit: number) => request<Unjudged>(`/labels/unjudged${query({ limit })}`),
  labelQuality: () => request<LabelQuality>("/labels/quality"),
  importLabels: (body: { source?: string; rows?: readonly object[]; csv?: string; mapping?: unknown }) =>
    post<LabelImport>("/labels", body),
};
