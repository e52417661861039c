import type { Report, Run } from "../../apiTypes.ts";
import { number } from "../../format.ts";
import { t } from "../../language.ts";
import { workbench } from "../../workbenchApi.ts";
import { FiringList } from "./FiringList.tsx";
import { RunProgress } from "./RunProgress.tsx";
import { PointTiles, ScoreFacts } from "./ScoreTiles.tsx";
import { nearest, SweepCharts } from "./SweepCharts.tsx";
import type { Preview } from "./useBench.ts";

/** What the text on the screen would have done on a sample, over all values of one parameter. */
export function PreviewCard(props: { preview: Preview; value: number; unit: string; onChoose: (value: number) => void }) {
  const { report, partial, isRunning, error, firstMs } = props.preview;
  const sweep = report?.sweep ?? null;
  const values = sweep?.points.map(({ at }) => at[0] ?? 0) ?? [];
  const chosen = nearest(values, props.value);
  const point = sweep?.points[chosen];
  return (
    <section class="card" aria-busy={isRunning}>
      <div class="page-head">
        <h2>{t("wb_preview")}</h2>
        <span class="muted num" data-preview={isRunning ? "running" : "idle"}>
          {previewText(props.preview)}
          {firstMs !== null && ` · ${t("wb_firstAfter", { seconds: number(firstMs / 1000, "", 1) })}`}
        </span>
      </div>
      {error !== null && <p class="notice bad">{error}</p>}
      {report === null && partial?.score && <ScoreFacts score={partial.score} />}
      {report === null && isRunning && partial === null && <p class="notice">{t("loading")}</p>}
      {sweep !== null && point !== undefined && (
        <>
          <PointTiles point={point} present={sweep.present === null ? null : (sweep.points[sweep.present] ?? null)} />
          <p class="muted hint">{t("wb_drag")}</p>
          <SweepCharts sweep={sweep} chosen={chosen} unit={props.unit} onChoose={(index) => props.onChoose(values[index] ?? props.value)} />
          {sweep.best !== null && (
            <p>
              <button type="button" onClick={() => props.onChoose(values[sweep.best ?? 0] ?? props.value)}>
                {t("wb_takeBest", { value: number(values[sweep.best] ?? null, props.unit, 4) })}
              </button>
            </p>
          )}
        </>
      )}
    </section>
  );
}

function previewText({ isRunning, partial, report }: Preview): string {
  if (isRunning && partial !== null) return t("wb_progress", { vehicles: number(partial.vehiclesDone), firings: number(partial.firings) });
  if (isRunning) return t("wb_running");
  if (report === null) return "";
  return t("wb_sampleOf", { vehicles: number(report.score.vehicles), rows: number(report.score.rows) });
}

/** A back-test of the whole fleet, from its first numbers to its report. */
export function FullRunCard({ run, isSaved }: { run: Run; isSaved: boolean }) {
  return (
    <section class="card">
      <div class="page-head">
        <h2>{t("wb_fullRun")}</h2>
        {run.report !== null && (
          <button type="button" onClick={() => saveReport(run.id)}>
            {t("wb_report")}
          </button>
        )}
      </div>
      <RunProgress run={run} />
      {run.report === null && run.progress?.score && <ScoreFacts score={run.progress.score} />}
      {run.report !== null && <FullResult report={run.report} isSaved={isSaved} />}
    </section>
  );
}

function FullResult({ report, isSaved }: { report: Report; isSaved: boolean }) {
  return (
    <div class="stack">
      <ScoreFacts score={report.score} />
      <p class="muted num">
        {t("wb_took", {
          seconds: number(report.timing.elapsedMs / 1000, "", 1),
          rate: number(report.timing.rowsPerSecond),
          hash: report.provenance.resultHash.slice(0, 12),
        })}
      </p>
      <FiringList firings={report.firings} ruleId={isSaved ? report.rule.id : null} />
    </div>
  );
}

/** Saves the report through the key of this page: a link could not carry it. */
export async function saveReport(id: string): Promise<void> {
  const address = URL.createObjectURL(await workbench.reportPage(id));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${id}.html`;
  link.click();
  URL.revokeObjectURL(address);
}
