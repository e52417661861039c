import { COMPONENTS } from "@bellwether/contracts/finding";
import { api } from "../api.ts";
import { date, number } from "../format.ts";
import { t } from "../language.ts";
import { useLoad, useRefresh } from "../useLoad.ts";
import { componentName } from "./Badge.tsx";
import { VehicleLinks } from "./VehicleLinks.tsx";

const REFRESH_MS = 60_000;

/** What three workshops each see once: open engineering cases, and regions where repairs do not hold. Nothing where there is neither. */
export function ForEngineering() {
  const { state, reload } = useLoad(readBoth, []);
  useRefresh(reload, REFRESH_MS);
  if (state.kind === "failed") return <p class="notice bad">{t("failed", { reason: String(state.error) })}</p>;
  if (state.kind === "loading") return null;
  const { cases, regions } = state.value;
  if (cases.length === 0 && regions.length === 0) return null;
  return (
    <section class="card" data-testid="for-engineering">
      <h2>{t("engineering")}</h2>
      <p class="muted">{t("engineeringHint")}</p>
      {cases.map(({ id, scopeId, component, sourceId, vins, openedAt }) => (
        <div key={id} class="finding">
          <strong>
            {t("engineeringCase", {
              component: nameOf(component),
              scope: scopeId === "" ? "-" : scopeId,
              count: vins.length,
              source: sourceId,
              when: date(openedAt),
            })}
          </strong>
          <VehicleLinks vins={vins} />
        </div>
      ))}
      {regions.map(({ region, component, repeats, checked }) => (
        <div key={`${region}/${component}`} class="finding">
          <strong>
            {t("repeatRepairs", { region, component: nameOf(component), repeats: number(repeats), checked: number(checked) })}
          </strong>
        </div>
      ))}
    </section>
  );
}

async function readBoth() {
  const [{ items: cases }, { items: regions }] = await Promise.all([api.engineeringCases(), api.repeatRepairs()]);
  return { cases: cases.filter(({ closedAt }) => closedAt === null), regions: regions.filter(({ isReported }) => isReported === true) };
}

function nameOf(component: string): string {
  const known = COMPONENTS.find((one) => one === component);
  return known === undefined ? component : componentName(known);
}
