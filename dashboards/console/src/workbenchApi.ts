import { answered, client } from "./client.ts";
import type { paths } from "./generated/api.ts";

/** What the workbench's pages ask. */

type BodyOf<Path extends "/v1/backtests" | "/v1/labels"> = paths[Path]["post"]["requestBody"]["content"]["application/json"];
type BacktestBody = BodyOf<"/v1/backtests">;

/** A rule of the catalogue, a draft, or a text saved nowhere; with parameters tried in place of its own. */
export type Subject = BacktestBody["rule"];

interface Axis {
  readonly parameter: string;
  readonly values: readonly number[];
}
type RunScope = Pick<BacktestBody, "sampleShare" | "policy"> & { readonly sweep?: readonly Axis[] };

const axisOf = ({ parameter, values }: Axis) => ({ parameter, values: [...values] });
const ofId = (id: string) => ({ params: { path: { id } } });

export const workbench = {
  rules: () => answered(client.GET("/v1/rules")),
  rule: (id: string) => answered(client.GET("/v1/rules/{id}", ofId(id))),
  watch: (id: string) => answered(client.GET("/v1/rules/{id}/watch", ofId(id))),
  lint: (text: string, parameters: Readonly<Record<string, number>> = {}) =>
    answered(client.POST("/v1/rules/lint", { body: { text, parameters } })),
  draft: (id: string) => answered(client.GET("/v1/drafts/{id}", ofId(id))),
  createDraft: (ruleId: string, text: string) => answered(client.POST("/v1/drafts", { body: { ruleId, text } })),
  updateDraft: (id: string, revision: number, text: string) =>
    answered(client.PUT("/v1/drafts/{id}", { ...ofId(id), body: { text, revision } })),
  shadow: (draftId: string) => answered(client.POST("/v1/drafts/{id}/shadow", ofId(draftId))),
  promote: (ruleId: string, reason: string) => answered(client.POST("/v1/rules/{id}/promote", { ...ofId(ruleId), body: { reason } })),
  rollback: (ruleId: string, reason: string) => answered(client.POST("/v1/rules/{id}/rollback", { ...ofId(ruleId), body: { reason } })),
  backtest: (rule: Subject, { sweep, ...scope }: RunScope) =>
    answered(client.POST("/v1/backtests", { body: { rule, ...scope, ...(sweep === undefined ? {} : { sweep: sweep.map(axisOf) }) } })),
  compare: (champion: Subject, challenger: Subject) => answered(client.POST("/v1/comparisons", { body: { champion, challenger } })),
  run: (id: string) => answered(client.GET("/v1/backtests/{id}", ofId(id))),
  cancel: (id: string) => answered(client.POST("/v1/backtests/{id}/cancel", ofId(id))),
  explain: (rule: string, vin: string, at: string) => answered(client.GET("/v1/explain", { params: { query: { rule, vin, at } } })),
  unjudged: (limit: number) => answered(client.GET("/v1/labels/unjudged", { params: { query: { limit } } })),
  labelQuality: () => answered(client.GET("/v1/labels/quality")),
  importLabels: (body: BodyOf<"/v1/labels">) => answered(client.POST("/v1/labels", { body })),
  /** The report of a run as a page of its own, for saving. */
  reportPage: (id: string) => answered(client.GET("/v1/backtests/{id}/report.html", { ...ofId(id), parseAs: "blob" })),
};
