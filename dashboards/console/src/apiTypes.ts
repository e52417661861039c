import type { api } from "./api.ts";
import type { components, paths } from "./generated/api.ts";
import type { workbench } from "./workbenchApi.ts";

/** The API's named types; everything here comes from its OpenAPI document. */

type Schemas = components["schemas"];

export type CellMap = Schemas["CellMap"];
export type Detector = Schemas["Detector"];
export type Draft = Schemas["Draft"];
export type Explanation = Schemas["Explanation"];
export type Finding = Schemas["Finding"];
export type HealthForecast = Schemas["HealthForecast"];
export type HealthPoint = Schemas["HealthPoint"];
export type LabelImport = Schemas["LabelImport"];
export type LabelQuality = Schemas["LabelQuality"];
export type Lead = Schemas["Lead"];
export type LeadSummary = Schemas["LeadSummary"];
export type Overview = Schemas["Overview"];
export type RuleDetail = Schemas["RuleDetail"];
export type RuleSummary = Schemas["RuleSummary"];
export type RuleList = Schemas["RuleList"];
export type RuleWatch = Schemas["RuleWatch"];
export type Step = Schemas["Step"];
export type VehicleDetail = Schemas["VehicleDetail"];
export type VehicleSummary = Schemas["VehicleSummary"];

export type UnjudgedFinding = Schemas["Unjudged"]["items"][number];
export type Lint = paths["/v1/rules/lint"]["post"]["responses"][200]["content"]["application/json"];

// As the client hands them over: it reads a pair as a list.
export type FleetFinding = Awaited<ReturnType<typeof api.fleetFindings>>["items"][number];
export type RaisedRate = Awaited<ReturnType<typeof api.raisedRates>>["items"][number];
export type PartLife = Awaited<ReturnType<typeof api.partLives>>["items"][number];
export type Run = Awaited<ReturnType<typeof workbench.run>>;
export type Report = NonNullable<Run["report"]>;
export type Comparison = NonNullable<Run["comparison"]>;
export type Score = Report["score"];
export type Estimate = Score["precision"];
export type Firing = Report["firings"][number];
export type Sweep = NonNullable<Report["sweep"]>;
export type SweepPoint = Sweep["points"][number];
export type Gate = Comparison["gate"];
export type Clause = Explanation["condition"][number];
