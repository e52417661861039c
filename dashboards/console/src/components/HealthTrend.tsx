import type { HealthPoint } from "../apiTypes.ts";
import { date, interval } from "../format.ts";
import { t } from "../language.ts";
import { Chart } from "./Chart.tsx";
import { HealthBasis } from "./HealthBasis.tsx";

/** State of health over time with its interval, or the reason why there is no number. */
export function HealthTrend({ points }: { points: readonly HealthPoint[] }) {
  const known = points.filter((point) => point.verdict === "ok" && point.sohPct !== null);
  const newest = points.at(-1);
  const last = known.at(-1);
  if (newest === undefined) return <p class="notice">{t("noHealth")}</p>;
  if (last === undefined) return <p class="notice">{t("notEnough", { reason: newest.reason })}</p>;
  return (
    <div>
      <p class="facts">
        <strong class="num">{interval(last.sohPct, last.sohLowPct, last.sohHighPct, "%")}</strong>
        <span class="num">{interval(last.capacityAh, last.lowAh, last.highAh, "Ah")}</span>
        <span>{date(last.at)}</span>
      </p>
      <HealthBasis newest={newest} last={last} known={known} />
      <Chart
        label={t("healthTrend")}
        at={known.map((point) => Date.parse(point.at))}
        band={[2, 1]}
        series={[
          { label: t("soh"), unit: "%", values: known.map((point) => point.sohPct), colour: "--accent" },
          { label: "10 %", unit: "", values: known.map((point) => point.sohLowPct), colour: "--accent", faint: true },
          { label: "90 %", unit: "", values: known.map((point) => point.sohHighPct), colour: "--accent", faint: true },
        ]}
      />
    </div>
  );
}
