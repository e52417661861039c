import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api } from "../api.ts";
import type { Overview, VehicleSummary } from "../apiTypes.ts";
import { componentName, SeverityBadge } from "../components/Badge.tsx";
import { FleetFindings } from "../components/FleetFindings.tsx";
import { ForEngineering } from "../components/ForEngineering.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { PartsToStock } from "../components/PartsToStock.tsx";
import { count, dateTime, number, span } from "../format.ts";
import { t } from "../language.ts";
import { useLoad, useRefresh } from "../useLoad.ts";

const REFRESH_MS = 5_000;
const PAGE_SIZE = 50;

/** The whole fleet: numbers first, then every vehicle, the worst on top. */
export function FleetPage() {
  const overview = useLoad(api.overview, []);
  useRefresh(overview.reload, REFRESH_MS);
  return (
    <Loaded state={overview.state}>
      {(value) => (
        <div class="stack">
          <div>
            <h1>{t("fleet")}</h1>
            <span class="muted">{t("fleetLead", { vehicles: number(value.vehicles), when: dateTime(value.lastEventAt) })}</span>
          </div>
          <Tiles overview={value} />
          <FleetFindings />
          <ForEngineering />
          <PartsToStock />
          <Components overview={value} />
          <Vehicles />
        </div>
      )}
    </Loaded>
  );
}

function Tiles({ overview }: { overview: Overview }) {
  const { critical = 0, warning = 0 } = overview.alertsBySeverity;
  const { confirmed = 0, customer_declined: declined = 0 } = overview.leadsByOutcome;
  const judged = Object.values(overview.leadsByOutcome).reduce((sum, n) => sum + n, 0) - declined;
  const tile = (label: string, value: number | string, tone = "") => (
    <div class="tile">
      <b class={tone}>{typeof value === "number" ? count(value) : value}</b>
      <span>{label}</span>
    </div>
  );
  return (
    <div class="tiles">
      {tile(t("seenLastDay"), t("countOf", { count: count(overview.vehiclesLastDay), all: count(overview.vehicles) }))}
      {tile(t("withAlerts"), overview.vehiclesWithAlerts)}
      {tile(t("severity_critical"), critical, critical > 0 ? "sev-critical" : "")}
      {tile(t("severity_warning"), warning, warning > 0 ? "sev-warning" : "")}
      {tile(t("openLeads"), overview.leadsByState.offered ?? 0)}
      {tile(t("leadsOverdue"), overview.leadsOverdue, overview.leadsOverdue > 0 ? "sev-warning" : "")}
      {tile(t("confirmedByWorkshop"), judged === 0 ? "–" : t("countOf", { count: count(confirmed), all: count(judged) }))}
    </div>
  );
}

function Components({ overview }: { overview: Overview }) {
  const active = overview.findingsByComponent.filter((entry) => entry.active > 0);
  if (active.length === 0) return null;
  return (
    <section class="card">
      <h2>{t("byComponent")}</h2>
      <div class="facts">
        {active.map((entry) => (
          <span key={entry.component}>
            {componentName(entry.component)} <strong class="num">{entry.active}</strong>
          </span>
        ))}
      </div>
    </section>
  );
}

function Vehicles() {
  const [search, setSearch] = useState("");
  const [limit, setLimit] = useState(PAGE_SIZE);
  const vehicles = useLoad(() => api.vehicles({ limit, search }), [limit, search]);
  useRefresh(vehicles.reload, REFRESH_MS * 2);
  useEffect(() => setLimit(PAGE_SIZE), [search]);
  return (
    <section class="card">
      <div class="page-head">
        <h2>{t("vehicles")}</h2>
        <div class="filters">
          <input
            type="search"
            aria-label={t("search")}
            placeholder={t("search")}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
      </div>
      <Loaded state={vehicles.state}>
        {(page) => (
          <>
            <VehicleTable vehicles={page.items} />
            {page.nextCursor !== null && (
              <p>
                <button type="button" onClick={() => setLimit((n) => n + PAGE_SIZE)}>
                  {t("more")}
                </button>
              </p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function VehicleTable({ vehicles }: { vehicles: readonly VehicleSummary[] }) {
  const { route } = useLocation();
  if (vehicles.length === 0) return <p class="notice">{t("nothingHere")}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{t("vin")}</th>
            <th class="wide">{t("model")}</th>
            <th>{t("alerts")}</th>
            <th class="right">{t("soh")}</th>
            <th class="right wide">{t("soc")}</th>
            <th class="right wide">{t("odometer")}</th>
            <th class="wide">{t("lastSeen")}</th>
          </tr>
        </thead>
        <tbody>
          {vehicles.map((vehicle) => (
            <tr key={vehicle.vin} class="link" onClick={() => route(`/vehicles/${vehicle.vin}`)}>
              <td>
                <a class="mono" href={`/vehicles/${vehicle.vin}`}>
                  {vehicle.vin}
                </a>
              </td>
              <td class="wide">{vehicle.model || "–"}</td>
              <td>{vehicle.worstSeverity ? <SeverityBadge severity={vehicle.worstSeverity} /> : <span class="muted">–</span>}</td>
              <td class="right num">
                {number(vehicle.sohPct, "%", 1)} <span class="muted wide">{span(vehicle.sohLowPct, vehicle.sohHighPct)}</span>
              </td>
              <td class="right num wide">{number(vehicle.socPct, "%")}</td>
              <td class="right num wide">{number(vehicle.odometerKm, "km")}</td>
              <td class="wide">{dateTime(vehicle.lastSeenAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
