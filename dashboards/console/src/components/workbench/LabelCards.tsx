import { useState } from "preact/hooks";
import type { LabelImport, LabelQuality } from "../../apiTypes.ts";
import { number } from "../../format.ts";
import { t } from "../../language.ts";
import { messageOf } from "../../useRun.ts";
import { workbench } from "../../workbenchApi.ts";

/** Contradictions, delay and coverage of each source of labels. */
export function QualityCard({ quality }: { quality: LabelQuality }) {
  if (quality.sources.length === 0) {
    return (
      <section class="card">
        <h2>{t("wb_quality")}</h2>
        <p class="muted">{t("wb_qualityNone")}</p>
      </section>
    );
  }
  const share = (part: number, whole: number) => (whole === 0 ? "–" : number((100 * part) / whole, "%", 0));
  return (
    <section class="card">
      <h2>{t("wb_quality")}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{t("source")}</th>
              <th class="right">{t("wb_labels")}</th>
              <th class="right">{t("wb_conflicting")}</th>
              <th class="right">{t("wb_delay")}</th>
              <th class="right">{t("wb_coverage")}</th>
            </tr>
          </thead>
          <tbody>
            {quality.sources.map((row) => (
              <tr key={row.source}>
                <td>{row.source}</td>
                <td class="right num">{number(row.labels)}</td>
                <td class="right num">{share(row.conflicting, row.labels)}</td>
                <td class="right num">{number(row.delayDaysMedian, t("wb_days"), 1)}</td>
                <td class="right num">{share(row.findingsLabelled, quality.findings)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A workshop's file: the good rows land, the bad ones are listed. */
export function ImportCard({ onImported }: { onImported: () => void }) {
  const [source, setSource] = useState("");
  const [csv, setCsv] = useState("");
  const [mapping, setMapping] = useState("");
  const [result, setResult] = useState<LabelImport | null>(null);
  const [error, setError] = useState<string | null>(null);
  const send = async () => {
    setError(null);
    setResult(null);
    try {
      const body = { csv, ...(source === "" ? {} : { source }), ...(mapping.trim() === "" ? {} : { mapping: JSON.parse(mapping) }) };
      setResult(await workbench.importLabels(body));
      onImported();
    } catch (cause) {
      setError(messageOf(cause));
    }
  };
  return (
    <section class="card stack">
      <h2>{t("wb_import")}</h2>
      <span class="muted">{t("wb_importHint")}</span>
      <input
        aria-label={t("wb_system")}
        placeholder={t("wb_system")}
        value={source}
        onInput={(event) => setSource(event.currentTarget.value)}
      />
      <input
        type="file"
        accept=".csv,text/csv"
        aria-label={t("wb_file")}
        onChange={async (event) => setCsv((await event.currentTarget.files?.[0]?.text()) ?? "")}
      />
      <details>
        <summary>{t("wb_mapping")}</summary>
        <textarea
          class="mono"
          rows={6}
          aria-label={t("wb_mapping")}
          placeholder={EXAMPLE}
          value={mapping}
          onInput={(event) => setMapping(event.currentTarget.value)}
        />
      </details>
      <div>
        <button type="button" class="primary" disabled={csv === ""} onClick={send}>
          {t("wb_importNow")}
        </button>
      </div>
      {error !== null && <p class="notice bad">{error}</p>}
      {result !== null && (
        <div role="status">
          <p>{t("wb_imported", { good: number(result.labels), bad: number(result.problems.length) })}</p>
          <ul class="problems">
            {result.problems.map(({ line, message }) => (
              <li key={`${line}${message}`}>
                <span class="mono">{line}</span> {message}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

const EXAMPLE = `{
  "columns": { "vin": "VIN", "at": "Date", "operation": "Operation", "outcome": "Result" },
  "operations": { "BAT*": "battery_cell" },
  "outcomes": { "OK": "no_fault_found", "defect": "confirmed" }
}`;
