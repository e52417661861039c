import { api } from "../api.ts";
import type { VehicleDetail } from "../apiTypes.ts";
import { componentName, SeverityBadge } from "../components/Badge.tsx";
import { CellHeatMap } from "../components/CellHeatMap.tsx";
import { Chart } from "../components/Chart.tsx";
import { Evaluation } from "../components/Evaluation.tsx";
import { FindingCard } from "../components/FindingCard.tsx";
import { HealthForecast } from "../components/HealthForecast.tsx";
import { HealthTrend } from "../components/HealthTrend.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { date, dateTime, number } from "../format.ts";
import { language, pick, t } from "../language.ts";
import { useSignal } from "../signal.ts";
import { useLoad } from "../useLoad.ts";

/** At most this much history on the heat map. */
const CELL_DAYS = 180;

/** One vehicle: what is wrong, how its battery ages, what every cell does. */
export function VehiclePage({ vin }: { vin: string }) {
  useSignal(language);
  const vehicle = useLoad(() => api.vehicle(vin), [vin]);
  return (
    <Loaded state={vehicle.state}>
      {(detail) => (
        <div class="stack">
          <Head detail={detail} />
          <div class="columns">
            <section class="card">
              <h2>{t("findings")}</h2>
              {detail.findings.length === 0 && <p class="notice">{t("noFindings")}</p>}
              {detail.findings.map((finding) => (
                <FindingCard key={finding.id} finding={finding} />
              ))}
            </section>
            <div class="stack">
              <Facts detail={detail} />
              <section class="card">
                <h2>{t("healthTrend")}</h2>
                <HealthTrend points={detail.health} />
                <HealthForecast forecast={detail.forecast} />
                <span class="muted">{t("healthTrendHint")}</span>
              </section>
              <Evaluation evaluation={detail.evaluation} />
            </div>
          </div>
          <Cells vin={vin} />
          <Recent vin={vin} />
        </div>
      )}
    </Loaded>
  );
}

function Head({ detail }: { detail: VehicleDetail }) {
  const open = detail.alerts.filter((alert) => alert.state === "open" || alert.state === "acknowledged");
  return (
    <div class="page-head">
      <div>
        <h1 class="mono">{detail.vin}</h1>
        <span class="muted">{[detail.profile?.model, `${t("lastSeen")} ${dateTime(detail.lastSeenAt)}`].filter(Boolean).join(" · ")}</span>
      </div>
      <div class="filters">
        {open.map((alert) => (
          <span key={alert.id} class="facts">
            <SeverityBadge severity={alert.severity} />
            <span>{pick({ en: alert.title, zh: alert.titleZh }) || componentName(alert.component)}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

function Facts({ detail }: { detail: VehicleDetail }) {
  const { profile, latest } = detail;
  const pair = (label: string, value: string) => (
    <>
      <dt>{label}</dt>
      <dd class="num">{value}</dd>
    </>
  );
  return (
    <section class="card">
      <dl class="pairs">
        {pair(t("odometer"), number(latest?.odometerKm, "km"))}
        {pair(t("soc"), number(latest?.socPct, "%"))}
        {pair(t("packVoltage"), number(latest?.packVoltageV, "V", 1))}
        {pair(t("temperature"), latest ? `${number(latest.probeTempMinC)}–${number(latest.probeTempMaxC, "°C")}` : "–")}
        {pair(t("insulation"), number(latest?.insulationKohm, "kΩ"))}
        {profile && pair(t("chemistry"), profile.chemistry)}
        {profile && pair(t("nominal"), number(profile.nominalAh, "Ah", 1))}
        {profile && pair(t("built"), date(profile.builtOn))}
      </dl>
    </section>
  );
}

function Cells({ vin }: { vin: string }) {
  const cells = useLoad(() => api.cells(vin, CELL_DAYS), [vin]);
  return (
    <section class="card">
      <h2>{t("cells")}</h2>
      <Loaded state={cells.state}>{(map) => <CellHeatMap map={map} />}</Loaded>
      <p class="muted">{t("cellsHint")}</p>
    </section>
  );
}

function Recent({ vin }: { vin: string }) {
  const signals = useLoad(() => api.signals(vin, ["socPct", "packCurrentA"], 600), [vin]);
  return (
    <section class="card">
      <h2>{t("recent")}</h2>
      <Loaded state={signals.state}>
        {(value) => (
          <Chart
            label={t("recent")}
            at={value.at}
            series={value.series.map((series, i) => ({
              label: i === 0 ? t("soc") : t("packCurrent"),
              unit: series.unit,
              values: series.mean,
              colour: i === 0 ? "--accent" : "--warning",
              axis: i === 0 ? "left" : "right",
            }))}
          />
        )}
      </Loaded>
    </section>
  );
}
