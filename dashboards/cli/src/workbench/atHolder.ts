import { setTimeout as sleep } from "node:timers/promises";
import { type RunDetail, ruleDetailSchema, runDetailSchema } from "@bellwether/alerts/api/workbenchSchemas";
import { explanationSchema } from "@bellwether/alerts/workbench/reportSchemas";
import type { RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import type { BacktestReport, BacktestRequest, Comparison, Explanation, WorkbenchOptions } from "@bellwether/analytics/workbench/types";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import type { Reader } from "../reader.ts";
import { tellUnknown } from "./onHistory.ts";

/** The workbench of the process that holds the home, which has the history open: what it is asked is the same, its answers too. */

const POLL_MS = 250;
const submittedSchema = z.object({ id: z.string(), unknownVehicles: z.array(z.string()) });

/** A back-test by that process, with its progress; aborting stops it there. */
export async function backtestAtHolder(reader: Reader, request: BacktestRequest, options: WorkbenchOptions): Promise<BacktestReport> {
  const body = { rule: subjectOf(request), sweep: request.sweep, ...scopeOf(request) };
  const { report, error } = await followRun(reader, "/v1/backtests", body, options);
  if (report === null) throw failed(error);
  return report;
}

/** A comparison by that process; its gate is that of its own configuration. */
export async function compareAtHolder(
  reader: Reader,
  champion: BacktestRequest,
  challenger: BacktestRequest,
  options: WorkbenchOptions,
): Promise<Comparison> {
  const body = { champion: subjectOf(champion), challenger: subjectOf(challenger), ...scopeOf(challenger) };
  const { comparison, error } = await followRun(reader, "/v1/comparisons", body, options);
  if (comparison === null) throw failed(error);
  return comparison;
}

/** An explanation by that process, which knows a rule only as it stands in its own catalogue. */
export async function explainAtHolder(
  reader: Reader,
  file: RuleFileOnDisk,
  { vin, askedMs }: { readonly vin: string; readonly askedMs: number },
): Promise<Explanation> {
  await checkSame(reader, file);
  const query = new URLSearchParams({ rule: file.rule.id, vin, at: new Date(askedMs).toISOString() });
  return explanationSchema.parse(await reader.get(`/v1/explain?${query}`));
}

/** Refuses a file that is not what the process has under its id. */
export async function checkSame(reader: Reader, { rule, text, path }: RuleFileOnDisk): Promise<void> {
  const known = ruleDetailSchema.parse(await reader.get(`/v1/rules/${rule.id}`));
  if (known.text === text) return;
  throw refusal(
    `the running process judges ${rule.id} as in its own catalogue, and ${path} differs from that; stop it to ask about the file`,
  );
}

function subjectOf({ ruleText, parameters }: BacktestRequest) {
  return { text: ruleText, parameters };
}

function scopeOf({ fromMs, toMs, vehicles, sampleShare, policy, cost, limits, labels, holdout, snapshot }: BacktestRequest) {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    vehicles,
    sampleShare,
    policy,
    cost,
    limits,
    labels,
    holdout: holdout.length === 0 ? null : holdout,
    snapshot,
  };
}

async function followRun(reader: Reader, path: string, body: object, { signal, onProgress }: WorkbenchOptions): Promise<RunDetail> {
  const { id, unknownVehicles } = submittedSchema.parse(await reader.post(path, body));
  tellUnknown(unknownVehicles);
  for (;;) {
    const run = runDetailSchema.parse(await reader.get(`/v1/backtests/${id}`));
    if (run.progress !== null) onProgress?.(run.progress);
    if (run.state !== "queued" && run.state !== "running") return run;
    if (signal?.aborted) {
      await reader.post(`/v1/backtests/${id}/cancel`, {});
      signal.throwIfAborted();
    }
    await sleep(POLL_MS);
  }
}

function failed(error: string | null): BellwetherError {
  return new BellwetherError("store_unavailable", error ?? "the run ended without a result", { retryable: true });
}

function refusal(message: string): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false });
}
