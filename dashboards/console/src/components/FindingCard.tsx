import type { Evidence } from "@bellwether/contracts/finding";
import type { Finding } from "../apiTypes.ts";
import { explainAddress } from "../explainAddress.ts";
import { dateTime, interval, number } from "../format.ts";
import { pick, t } from "../language.ts";
import { isStaff } from "../session.ts";
import { componentName, SeverityBadge } from "./Badge.tsx";
import { Chart } from "./Chart.tsx";

/** One finding: what, since when, on what evidence, and what would disprove it. */
export function FindingCard({ finding }: { finding: Finding }) {
  return (
    <article class="finding">
      <div class="facts">
        <SeverityBadge severity={finding.severity} />
        <strong>{componentName(finding.component)}</strong>
        {finding.cell !== null && (
          <span>
            {t("cell")} {finding.cell}
          </span>
        )}
        <span class="badge plain">{t(`state_${finding.state}`)}</span>
      </div>
      <p>{pick({ en: finding.sentence, zh: finding.sentence_zh })}</p>
      <EvidenceView evidence={finding.evidence} />
      <p class="facts">
        <span>
          {t("firstSeen")}: {dateTime(finding.first_seen)}
        </span>
        <span>
          {t("lastSeenAt")}: {dateTime(finding.last_seen)}
        </span>
        <span class="mono">
          {finding.source.id} v{finding.source.version}
        </span>
        {isStaff.value && finding.source.kind === "rule" && (
          <a href={explainAddress(finding.source.id, finding.vin, Date.parse(finding.last_seen))}>{t("wb_why")}</a>
        )}
      </p>
    </article>
  );
}

/** Numbers and curves behind a finding. */
export function EvidenceView({ evidence }: { evidence: Evidence }) {
  return (
    <div>
      <p class="facts num">
        <span>
          {t("value")}: {interval(evidence.value, evidence.low, evidence.high, evidence.unit)}
        </span>
        {evidence.threshold !== null && (
          <span>
            {t("limit")}: {number(evidence.threshold, evidence.unit, 2)}
          </span>
        )}
        <span>
          {t("samples")}: {number(evidence.samples)}
        </span>
      </p>
      <EvidenceChart evidence={evidence} />
      {evidence.disprovedBy !== "" && (
        <p class="muted">
          {t("disproved")}: {pick({ en: evidence.disprovedBy, zh: evidence.disprovedByZh ?? evidence.disprovedBy })}
        </p>
      )}
    </div>
  );
}

const COLOURS = ["--accent", "--warning", "--info", "--muted"];

function EvidenceChart({ evidence }: { evidence: Evidence }) {
  const first = evidence.series[0];
  if (first === undefined || first.at.length < 2) return null;
  const aligned = evidence.series.filter((series) => series.at.length === first.at.length);
  return (
    <Chart
      label={t("evidence")}
      height={200}
      at={first.at}
      series={aligned.map((series, i) => ({
        label: series.name,
        unit: series.unit,
        values: series.values,
        colour: COLOURS[i % COLOURS.length] ?? "--accent",
      }))}
    />
  );
}
