import type { Detector } from "../../apiTypes.ts";
import { number } from "../../format.ts";
import { pick, pickList, t } from "../../language.ts";
import { componentName } from "../Badge.tsx";
import { Points } from "./RuleFacts.tsx";
import { RULE_STATUSES_SHOWN, StatusBadge } from "./StatusBadge.tsx";
import "../../detectors.css";

/** What the detectors in code are set to and where they are known to err; for reading only. */
export function DetectorList({ detectors }: { detectors: readonly Detector[] }) {
  const rank = ({ status }: Detector) => RULE_STATUSES_SHOWN.indexOf(status);
  const sorted = detectors.toSorted((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id));
  if (sorted.length === 0) return null;
  return (
    <section class="card detectors" data-testid="detectors">
      <h2>{t("wb_detectors")}</h2>
      <p class="muted hint">{t("wb_detectorsHint")}</p>
      {sorted.map((detector) => (
        <details key={detector.id}>
          <summary>
            <span>
              <strong>{pick(detector.title)}</strong>
              <span class="muted mono">
                {detector.id} v{detector.version}
              </span>
            </span>
            <span class="muted wide">{componentName(detector.component)}</span>
            <StatusBadge status={detector.status} />
          </summary>
          <p>{pick({ en: detector.rationale, zh: detector.rationaleZh })}</p>
          <Settings detector={detector} />
          <Points title={t("wb_catches")} items={pickList(detector.catches, detector.catchesZh)} />
          <Points title={t("wb_falsePositives")} items={pickList(detector.falsePositives, detector.falsePositivesZh)} />
        </details>
      ))}
    </section>
  );
}

function Settings({ detector: { parameters, overrides } }: { detector: Detector }) {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return null;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{t("wb_setting")}</th>
            <th class="right">{t("value")}</th>
            <th class="right">{t("wb_bounds")}</th>
            <th>{t("wb_overrides")}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(([name, { default: own, min, max, unit }]) => (
            <tr key={name}>
              <td class="mono">{name}</td>
              <td class="right num">{number(own, unit, 4)}</td>
              <td class="right num muted">
                {number(min, "", 4)} – {number(max, "", 4)}
              </td>
              <td class="num">{overridesOf(name, overrides).join("; ") || <span class="muted">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** "LFP: 12" for every place where this setting is another. */
function overridesOf(name: string, overrides: Detector["overrides"]): readonly string[] {
  return overrides.flatMap(({ where, set }) =>
    set[name] === undefined ? [] : [`${Object.values(where).join(", ")}: ${number(set[name], "", 4)}`],
  );
}
