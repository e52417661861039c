import type { HealthForecast as Forecast } from "../apiTypes.ts";
import { month, number } from "../format.ts";
import { t } from "../language.ts";

type Limit = Forecast["limits"][number];

/** A month is worth printing only where its earliest is near; beyond, the interval says nothing (methods 1.13). */
const PRINTED_MONTHS = 18;

/** Whether the warranty's limit comes while it runs. */
const WARRANTY_TEXTS: Readonly<
  Record<string, "warrantyBefore" | "warrantyLikely" | "warrantyPossible" | "warrantyNotBefore" | "warrantyEnded" | "warrantyNoStatement">
> = {
  before_it_ends: "warrantyBefore",
  likely_before: "warrantyLikely",
  possibly_before: "warrantyPossible",
  not_before: "warrantyNotBefore",
  ended: "warrantyEnded",
  no_statement: "warrantyNoStatement",
};

/** When the battery reaches each limit: earliest, central, latest; and on how many cars that rests. */
export function HealthForecast({ forecast }: { forecast: Forecast | null }) {
  if (forecast === null) return null;
  const fixed = forecast.limits.filter(({ kind }) => kind !== "warranty");
  const warranty = forecast.limits.filter(({ kind, sohPct }) => kind === "warranty" && !fixed.some((limit) => limit.sohPct === sohPct));
  return (
    <div>
      <ul class="plain">
        {[...fixed, ...warranty].map((limit) => (
          <li key={`${limit.kind} ${limit.sohPct}`}>{sentence(limit, forecast.at)}</li>
        ))}
      </ul>
      {forecast.warrantyVerdict === "" ? null : <p>{t(WARRANTY_TEXTS[forecast.warrantyVerdict] ?? "warrantyNotBefore")}</p>}
      <span class="muted">{forecast.isProvisional ? t("forecastProvisional") : t("forecastBasis", { peers: number(forecast.peers) })}</span>
    </div>
  );
}

function sentence({ kind, sohPct, earliestMonths, centralMonths, latestMonths }: Limit, at: string): string {
  const limit = number(sohPct, "", 1);
  if (centralMonths === 0) return t("forecastReached", { limit });
  if (earliestMonths === null || earliestMonths > PRINTED_MONTHS) return t("forecastFar", { limit });
  const [earliest, central, latest] = [earliestMonths, centralMonths, latestMonths].map((months) =>
    months === null ? t("forecastLater") : month(at, months),
  );
  return t(kind === "warranty" ? "forecastWarranty" : "forecastLimit", {
    limit,
    earliest: earliest ?? "",
    central: central ?? "",
    latest: latest ?? "",
  });
}
