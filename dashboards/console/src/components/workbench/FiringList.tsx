import { useState } from "preact/hooks";
import type { Firing } from "../../apiTypes.ts";
import { explainAddress } from "../../explainAddress.ts";
import { dateTime, number } from "../../format.ts";
import { t } from "../../language.ts";

const SHOWN = 20;

/** Firings with their verdicts; each leads to the vehicle and to why it fired. */
export function FiringList({ firings, ruleId }: { firings: readonly Firing[]; ruleId: string | null }) {
  const [shown, setShown] = useState(SHOWN);
  if (firings.length === 0) return <p class="notice">{t("nothingHere")}</p>;
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{t("vin")}</th>
              <th>{t("wb_known")}</th>
              <th>{t("wb_verdict")}</th>
              <th class="right wide">{t("wb_lead")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {firings.slice(0, shown).map((firing) => (
              <tr key={`${firing.vin}${firing.startMs}`}>
                <td>
                  <a class="mono" href={`/vehicles/${firing.vin}`}>
                    {firing.vin}
                  </a>
                </td>
                <td>{dateTime(new Date(firing.knownMs).toISOString())}</td>
                <td>
                  <span class={`badge verdict-${firing.verdict}`}>{t(`wb_verdict_${firing.verdict}`)}</span>{" "}
                  <span class="muted wide">{t(`wb_reason_${firing.reason}`)}</span>
                </td>
                <td class="right num wide">{number(firing.leadDays, t("wb_days"), 1)}</td>
                <td class="right">{ruleId !== null && <a href={explainAddress(ruleId, firing.vin, firing.knownMs)}>{t("wb_why")}</a>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {firings.length > shown && (
        <p>
          <button type="button" onClick={() => setShown((n) => n + 5 * SHOWN)}>
            {t("more")}
          </button>
        </p>
      )}
    </>
  );
}
