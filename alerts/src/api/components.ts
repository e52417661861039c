import { alertSchema, labelSchema } from "@bellwether/contracts/alert";
import { z } from "zod";
import { comparisonSchema, explanationSchema, reportSchema } from "../workbench/reportSchemas.ts";
import { leadSchema, leadSummarySchema } from "./leadSchemas.ts";
import {
  cellMapSchema,
  findingJsonSchema,
  healthForecastSchema,
  healthPointSchema,
  notificationSchema,
  overviewSchema,
  sessionSchema,
  signalSeriesSchema,
  vehicleDetailSchema,
  vehicleSummarySchema,
} from "./schemas.ts";
import {
  detectorSchema,
  draftAnswerSchema,
  labelImportSchema,
  labelQualitySchema,
  lintSchema,
  ruleDetailSchema,
  ruleListSchema,
  ruleSummarySchema,
  ruleWatchSchema,
  runDetailSchema,
  stepSchema,
  unjudgedSchema,
} from "./workbenchSchemas.ts";

/** What has a name in the OpenAPI document, and so a type of its own in clients made from it. */
const COMPONENTS = {
  Alert: alertSchema,
  CellMap: cellMapSchema,
  Comparison: comparisonSchema,
  Detector: detectorSchema,
  Draft: draftAnswerSchema,
  Explanation: explanationSchema,
  Finding: findingJsonSchema,
  HealthForecast: healthForecastSchema,
  HealthPoint: healthPointSchema,
  Label: labelSchema,
  LabelImport: labelImportSchema,
  LabelQuality: labelQualitySchema,
  Lead: leadSchema,
  LeadSummary: leadSummarySchema,
  Lint: lintSchema,
  Notification: notificationSchema,
  Overview: overviewSchema,
  Report: reportSchema,
  RuleDetail: ruleDetailSchema,
  RuleList: ruleListSchema,
  RuleSummary: ruleSummarySchema,
  RuleWatch: ruleWatchSchema,
  Run: runDetailSchema,
  Session: sessionSchema,
  SignalSeries: signalSeriesSchema,
  Step: stepSchema,
  Unjudged: unjudgedSchema,
  VehicleDetail: vehicleDetailSchema,
  VehicleSummary: vehicleSummarySchema,
};

/** The registry the document is generated with. */
export function createComponents() {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  return registry;
}
