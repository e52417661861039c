import type { Run } from "../../apiTypes.ts";
import { number } from "../../format.ts";
import { t } from "../../language.ts";
import { isOver } from "../../useRun.ts";
import { workbench } from "../../workbenchApi.ts";

/** How far a run is, with a way to stop it; its end when it ended early. */
export function RunProgress({ run }: { run: Run }) {
  if (run.state === "done") return null;
  if (isOver(run)) {
    return (
      <p class="notice bad">
        {t(`wb_run_${run.state}`)} {run.error}
      </p>
    );
  }
  const { progress } = run;
  return (
    <div class="run" role="status">
      <progress max={1} value={progress?.share ?? 0} aria-label={t("wb_running")} />
      <span class="num muted">
        {progress === null
          ? t(`wb_run_${run.state}`)
          : t("wb_progress", { vehicles: number(progress.vehiclesDone), firings: number(progress.firings) })}
      </span>
      <button type="button" onClick={() => workbench.cancel(run.id)}>
        {t("wb_cancel")}
      </button>
    </div>
  );
}
