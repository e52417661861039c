import { COMPONENTS } from "@bellwether/contracts/finding";
import { api } from "../api.ts";
import type { PartLife, RaisedRate } from "../apiTypes.ts";
import { date, interval, number } from "../format.ts";
import { pickList, t } from "../language.ts";
import { useLoad, useRefresh } from "../useLoad.ts";
import { componentName } from "./Badge.tsx";

const REFRESH_MS = 60_000;
const RATES_MAX = 200;
const LIVES_SHOWN = 10;
/** A family and model with the places where it rises: all regions together first. */
type Rise = readonly [RaisedRate, ...RaisedRate[]];

/** Which parts to have on the shelf: what begins more often, in which regions, and how long parts last. Nothing where nobody knows either. */
export function PartsToStock() {
  const { state, reload } = useLoad(readStock, []);
  useRefresh(reload, REFRESH_MS);
  if (state.kind === "failed") return <p class="notice bad">{t("failed", { reason: String(state.error) })}</p>;
  if (state.kind === "loading") return null;
  const { rises, lives } = state.value;
  return (
    <>
      {rises.length > 0 && <Rises rises={rises} />}
      {lives.length > 0 && <Lives lives={lives} />}
    </>
  );
}

function Rises({ rises }: { rises: readonly Rise[] }) {
  return (
    <section class="card" data-testid="parts-to-stock">
      <h2>{t("partsToStock")}</h2>
      <p class="muted">{t("partsToStockHint")}</p>
      <table>
        <thead>
          <tr>
            <th>{t("stockPart")}</th>
            <th>{t("stockQuantity")}</th>
            <th>{t("stockRegions")}</th>
            <th>{t("stockWhy")}</th>
          </tr>
        </thead>
        <tbody>
          {rises.map(([whole, ...places]) => (
            <tr key={`${whole.kind}/${whole.family}/${whole.model}`}>
              <td>{pickList(whole.parts, whole.partsZh).map(partName).join(", ")}</td>
              <td class="num">{quantityOf(whole)}</td>
              <td>
                {places.length === 0 ? regionName(whole.region) : places.map((place) => `${place.region} ${quantityOf(place)}`).join("; ")}
              </td>
              <td>
                {t("stockRise", {
                  ...{ family: whole.family.replace(/^[a-z]+:/, ""), model: whole.model, since: date(whole.raisedSince) },
                  ratio: interval(whole.ratio, whole.ratioLow, whole.ratioHigh, ""),
                })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Lives({ lives }: { lives: readonly PartLife[] }) {
  return (
    <section class="card" data-testid="part-lives">
      <h2>{t("partLives")}</h2>
      <p class="muted">{t("partLivesHint")}</p>
      <table>
        <thead>
          <tr>
            <th>{t("model")}</th>
            <th>{t("stockPart")}</th>
            <th>{t("lifeRepairs")}</th>
            <th>{t("lifeB10")}</th>
            <th>{t("lifeTrend")}</th>
            <th>{t("lifeDemand")}</th>
          </tr>
        </thead>
        <tbody>
          {lives.map(({ model, component, failures, vehicles, b10Months, b10Low, b10High, growthTrend, ...life }) => (
            <tr key={`${model}/${component}`}>
              <td>{model}</td>
              <td>{partName(component)}</td>
              <td class="num">{t("countOf", { count: number(failures), all: number(vehicles) })}</td>
              <td class="num">{interval(b10Months, b10Low, b10High, "")}</td>
              <td>{trendName(growthTrend)}</td>
              <td class="num">{interval(life.quantity, life.quantityLow, life.quantityHigh, "")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

async function readStock(): Promise<{ rises: readonly Rise[]; lives: readonly PartLife[] }> {
  const [rates, { items: lives }] = await Promise.all([api.raisedRates(RATES_MAX), api.partLives()]);
  const rises = new Map<string, Rise>();
  // Sorted by region, so that all regions together ("") come first.
  for (const rate of rates.items.filter(({ quantity }) => quantity !== null)) {
    const key = `${rate.kind}/${rate.family}/${rate.model}`;
    const known = rises.get(key);
    rises.set(key, known === undefined ? [rate] : [...known, rate]);
  }
  return { rises: [...rises.values()], lives: lives.filter(({ shape }) => shape !== null).slice(0, LIVES_SHOWN) };
}

function quantityOf({ quantity, quantityLow, quantityHigh }: RaisedRate): string {
  return interval(quantity, quantityLow, quantityHigh, "");
}

function regionName(region: string): string {
  return region === "" ? t("stockAllRegions") : region;
}

/** A family of parts is the id of a component; parts have names. */
function partName(part: string): string {
  const known = COMPONENTS.find((one) => one === part);
  return known === undefined ? part : componentName(known);
}

function trendName(trend: string): string {
  if (trend === "improving") return t("trend_improving");
  return trend === "worsening" ? t("trend_worsening") : t("trend_unclear");
}
