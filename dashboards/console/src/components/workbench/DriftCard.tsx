import type { RuleDetail, RuleWatch } from "../../apiTypes.ts";
import { number } from "../../format.ts";
import { t } from "../../language.ts";
import { useLoad } from "../../useLoad.ts";
import { workbench } from "../../workbenchApi.ts";
import { Loaded } from "../Loaded.tsx";

/** Above this an input is another than it was (Siddiqi 2006); between 0.1 and this it is worth a look. */
const DRIFT_PSI = 0.2;
const LOOK_PSI = 0.1;

/** How a live or shadow rule did in the last week against the week before: firings, reports not evaluated, and its inputs. */
export function DriftCard({ rule: { id, status } }: { rule: RuleDetail }) {
  return status === "live" || status === "shadow" ? <Watched ruleId={id} /> : null;
}

function Watched({ ruleId }: { ruleId: string }) {
  const watch = useLoad(() => workbench.watch(ruleId), [ruleId]);
  return (
    <section class="card" data-testid="drift">
      <h2>{t("wb_drift")}</h2>
      <Loaded state={watch.state}>{(told) => <Drift told={told} />}</Loaded>
    </section>
  );
}

function Drift({ told }: { told: RuleWatch }) {
  const { firings, alerts, counted, per1000VehicleYears, models } = told;
  const signals = [...new Set(models.flatMap(({ psi }) => Object.keys(psi)))];
  return (
    <>
      <p class="num">
        {t(counted === "alerts" ? "wb_driftRate" : "wb_driftFirings", {
          firings: number(firings),
          alerts: number(alerts),
          rate: number(per1000VehicleYears),
        })}
      </p>
      {models.length === 0 ? (
        <p class="notice">{t("wb_driftNone")}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>{t("model")}</th>
                <th class="right">{t("wb_driftReports")}</th>
                <th class="right">{t("wb_sample_unknown")}</th>
                {signals.map((signal) => (
                  <th key={signal} class="right mono">
                    {signal}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {models.map(({ model, reports, notEvaluated, psi }) => (
                <tr key={model}>
                  <td>{model === "" ? "–" : model}</td>
                  <td class="right num">{number(reports)}</td>
                  <td class="right num">
                    {percent(notEvaluated.before)} → {percent(notEvaluated.now)}
                  </td>
                  {signals.map((signal) => (
                    <td key={signal} class={`right num ${levelOf(psi[signal])}`}>
                      {number(psi[signal] ?? null, "", 2)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="muted">{t("wb_driftHint")}</p>
    </>
  );
}

function percent(share: number | null): string {
  return share === null ? "–" : `${number(100 * share, "", 3)} %`;
}

function levelOf(psi: number | undefined): string {
  if (psi === undefined || psi < LOOK_PSI) return "";
  return psi < DRIFT_PSI ? "drift-look" : "drift-other";
}
