import type { VehicleDetail } from "../apiTypes.ts";
import { date, number } from "../format.ts";
import { t, textOr } from "../language.ts";

type Evaluation = VehicleDetail["evaluation"];

/** How much of the car was seen, and who could not judge it and why: silence is not health. */
export function Evaluation({ evaluation: { notEvaluated, weeks } }: { evaluation: Evaluation }) {
  const [week] = weeks;
  return (
    <section class="card">
      <h2>{t("evaluation")}</h2>
      {week !== undefined && (
        <p>
          {t("evaluationSeen", {
            week: date(week.week),
            days: number(week.days),
            driving: share(week.drivingCoverage),
            charging: share(week.chargingCoverage),
          })}
        </p>
      )}
      {week !== undefined && week.problems.length > 0 && <p>{week.problems.map(reasonText).join(" · ")}</p>}
      {notEvaluated.length === 0 && <p class="notice">{t("evaluationNone")}</p>}
      <dl>
        {[...byReason(notEvaluated)].map(([reason, sources]) => (
          <div key={reason}>
            <dt>{reasonText(reason)}</dt>
            <dd class="muted">{sources.join(", ")}</dd>
          </div>
        ))}
      </dl>
      <span class="muted">{t("evaluationHint")}</span>
    </section>
  );
}

function share(coverage: number | null): string {
  return number(coverage === null ? null : 100 * coverage, "%");
}

function reasonText(reason: string): string {
  return textOr(`reason_${reason}`, reason.replaceAll("_", " "));
}

function byReason(notEvaluated: Evaluation["notEvaluated"]): Map<string, string[]> {
  const sources = new Map<string, string[]>();
  for (const { reason, sourceId } of notEvaluated) sources.set(reason, [...(sources.get(reason) ?? []), sourceId]);
  return sources;
}
