import { api } from "../api.ts";
import type { FleetFinding } from "../apiTypes.ts";
import { date, number } from "../format.ts";
import { pick, t } from "../language.ts";
import { useLoad, useRefresh } from "../useLoad.ts";
import { VehicleLinks } from "./VehicleLinks.tsx";

const SHOWN = 5;
const REFRESH_MS = 30_000;

/** What many vehicles have in common, newest first; nothing at all where there is none. Single cars that stand out are the analysts' list, not this one. */
export function FleetFindings() {
  const { state, reload } = useLoad(readNewest, []);
  useRefresh(reload, REFRESH_MS);
  if (state.kind === "failed") return <p class="notice bad">{t("failed", { reason: String(state.error) })}</p>;
  if (state.kind === "loading" || state.value.length === 0) return null;
  return (
    <section class="card" data-testid="fleet-findings">
      <h2>{t("fleetFindings")}</h2>
      <p class="muted">{t("fleetFindingsHint")}</p>
      {state.value.map((finding) => (
        <OneFinding key={finding.id} finding={finding} />
      ))}
    </section>
  );
}

/** Common causes and charging stations together, the newest first. */
async function readNewest(): Promise<FleetFinding[]> {
  const [causes, stations] = await Promise.all([api.fleetFindings("common-cause", SHOWN), api.fleetFindings("charging-station", SHOWN)]);
  const all = [...causes.items, ...stations.items];
  return all.sort((a, b) => (a.day < b.day ? 1 : -1)).slice(0, SHOWN);
}

function OneFinding({ finding }: { finding: FleetFinding }) {
  const { day, vehicles, groupSize, expected, vins, sentence, sentenceZh } = finding;
  return (
    <div class="finding">
      <strong>{pick({ en: sentence, zh: sentenceZh })}</strong>
      <p class="facts">
        <span>{date(day)}</span>
        <span class="num">
          {t("fleetFindingOf", { vehicles: number(vehicles), size: number(groupSize), expected: number(expected, "", 1) })}
        </span>
      </p>
      {vins.length > 0 && (
        <details>
          <summary>{t("fleetFindingVins", { count: vins.length })}</summary>
          <VehicleLinks vins={vins} />
        </details>
      )}
    </div>
  );
}
