import { ALERT_ASSUMPTIONS } from "../scoring/countAlerts.ts";
import type { BacktestReport, Comparison, Estimate, SweepCurve } from "../types.ts";
import { escapeXml, shortNumber, svgPlot } from "./svgPlot.ts";

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1000px;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;text-align:left;border-bottom:1px solid #d8dee4}
svg{width:460px;max-width:100%;font:11px system-ui,sans-serif}.title{font-weight:600;font-size:13px}.grid{stroke:#e6e9ec}.mark{stroke:#57606a;stroke-dasharray:4 3}
.plots{display:flex;flex-wrap:wrap;gap:1rem}code{font-size:12px}`;
const FIRINGS_SHOWN = 200;

/** The report as one file: no scripts, no fonts, no network. */
export function backtestHtml(report: BacktestReport): string {
  const { rule, fromMs, toMs } = report;
  return page(`${rule.id} v${rule.version}`, [
    `<h1>${escapeXml(rule.title)}</h1><p>${escapeXml(rule.id)} version ${rule.version}, ${iso(fromMs)} to ${iso(toMs)}</p>`,
    scoreTable(report),
    `<p>${escapeXml(ALERT_ASSUMPTIONS)}</p>`,
    `<div class="plots">${leadPlot(report)}${report.sweep === null ? "" : sweepPlots(report.sweep)}</div>`,
    firingsTable(report),
    provenanceTable(report),
  ]);
}

/** Two reports side by side with what differs and what the gate says. */
export function comparisonHtml(comparison: Comparison): string {
  const { a, b, agreed, onlyA, onlyB, mcNemar, difference, gate } = comparison;
  return page(`${a.rule.id} against ${b.rule.id}`, [
    `<h1>${escapeXml(a.rule.id)} v${a.rule.version} against ${escapeXml(b.rule.id)} v${b.rule.version}</h1>`,
    table([
      ["both fired", String(agreed.length)],
      ["only the first", String(onlyA.length)],
      ["only the second", String(onlyB.length)],
      ["faults found by one only", `${mcNemar.onlyA} / ${mcNemar.onlyB} (McNemar p = ${mcNemar.p.toPrecision(3)})`],
      ["precision, second minus first", shown(difference.precision)],
      ["recall, second minus first", shown(difference.recall)],
      ["saving, second minus first", shown(difference.saving)],
    ]),
    `<h2>Gate: ${gate.isPassed ? "passed" : "refused"}</h2>`,
    table(gate.checks.map(({ name, isPassed, detail }) => [`${isPassed ? "yes" : "NO"}: ${name}`, detail])),
    `<h2>First</h2>${scoreTable(a)}<h2>Second</h2>${scoreTable(b)}<p>${escapeXml(ALERT_ASSUMPTIONS)}</p>`,
    provenanceTable(a),
    provenanceTable(b),
  ]);
}

function page(title: string, parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeXml(title)}</title><style>${STYLE}</style><body>${parts.join("\n")}</body></html>\n`;
}

function scoreTable({ score }: BacktestReport): string {
  const bounds = score.precisionBounds === null ? "-" : score.precisionBounds.map((bound) => bound.toFixed(3)).join(" to ");
  return table([
    ["firings", `${score.firings}: ${score.true} true, ${score.false} false, ${score.unknown} unknown, ${score.duplicates} duplicates`],
    ["precision", `${shown(score.precision)}; with the unknown as false and as true ${bounds}`],
    ["faults", `${score.faults}: ${score.found} found, ${score.missed} missed, ${score.censored} out of sight`],
    ["recall", shown(score.recall)],
    ["lead time, median days", shown(score.leadDaysMedian)],
    ["firings per 1,000 vehicle-years", shown(score.firingsPer1000VehicleYears)],
    ["alerts an owner would have got", String(score.alerts)],
    ["alerts per 1,000 vehicle-years", shown(score.alertsPer1000VehicleYears)],
    ["false alerts per 1,000 vehicle-years", shown(score.falseAlertsPer1000VehicleYears)],
    ["false firings per 1,000 vehicle-years", shown(score.falsePer1000VehicleYears)],
    ["cost", shown(score.cost)],
    ["saving against no rule", shown(score.saving)],
    ["seen", `${score.vehicles} vehicles, ${score.vehicleYears.toFixed(1)} vehicle-years, ${score.rows} reports`],
    ["not evaluated", `${score.rowsNotEvaluated} reports, ${score.vehiclesNotEvaluated} vehicles mostly`],
    ["control group", `${score.holdout.true} true, ${score.holdout.false} false, ${score.holdout.unknown} unknown`],
  ]);
}

function leadPlot({ score: { leadDays } }: BacktestReport): string {
  const points = leadDays.map((days, i) => ({ x: days, y: (leadDays.length - i) / leadDays.length }));
  return svgPlot({
    title: "Found at least this early",
    xLabel: "days before the fault",
    yLabel: "share of found faults",
    lines: [{ name: "", points }],
  });
}

function sweepPlots({ axes, points, best, present }: SweepCurve): string {
  const [axis] = axes;
  if (axis === undefined || axes.length > 1) return "";
  const at = (index: number | null, name: string) => (index === null ? [] : [{ name, x: points[index]?.at[0] ?? Number.NaN }]);
  const marks = [...at(present, "now"), ...at(best, "least cost")];
  const against = (of: (point: SweepCurve["points"][number]) => number | null) =>
    points.map((point) => ({ x: point.at[0] ?? Number.NaN, y: of(point) ?? Number.NaN }));
  const plot = (title: string, lines: readonly { name: string; points: readonly { x: number; y: number }[] }[]) =>
    svgPlot({ title, xLabel: axis.parameter, yLabel: "", lines, marks });
  return [
    svgPlot({
      title: "Precision and recall",
      xLabel: "recall",
      yLabel: "precision",
      lines: [{ name: "", points: points.map(({ precision, recall }) => ({ x: recall ?? Number.NaN, y: precision ?? Number.NaN })) }],
    }),
    plot("Precision and recall by threshold", [
      { name: "precision", points: against(({ precision }) => precision) },
      { name: "recall", points: against(({ recall }) => recall) },
    ]),
    plot("Median lead time, days", [{ name: "", points: against(({ leadDaysMedian }) => leadDaysMedian) }]),
    plot("Cost", [{ name: "", points: against(({ cost }) => cost) }]),
    plot("Alerts per 1,000 vehicle-years", [{ name: "", points: against(({ alertsPer1000VehicleYears }) => alertsPer1000VehicleYears) }]),
  ].join("");
}

function firingsTable({ firings }: BacktestReport): string {
  const head = "<tr><th>vehicle</th><th>known</th><th>ended</th><th>verdict</th><th>why</th><th>days ahead</th></tr>";
  const rows = firings.slice(0, FIRINGS_SHOWN).map(({ vin, knownMs, clearedMs, verdict, reason, leadDays }) => {
    const cells = [
      vin,
      iso(knownMs),
      clearedMs === null ? "open" : iso(clearedMs),
      verdict,
      reason.replaceAll("_", " "),
      leadDays?.toFixed(1) ?? "-",
    ];
    return `<tr>${cells.map((cell) => `<td>${escapeXml(cell)}</td>`).join("")}</tr>`;
  });
  const rest = firings.length > FIRINGS_SHOWN ? `<p>and ${firings.length - FIRINGS_SHOWN} more in the JSON report</p>` : "";
  return `<h2>Firings</h2><table>${head}${rows.join("")}</table>${rest}`;
}

function provenanceTable({ provenance, timing }: BacktestReport): string {
  const { ruleHash, codeVersion, labelsHash, requestHash, resultHash, snapshot } = provenance;
  return `<h2>Rests on</h2>${table([
    ["rule", ruleHash],
    ["code", codeVersion],
    ["labels", labelsHash],
    ["request", requestHash],
    ["data up to", snapshot.map(({ topic, partition, maxOffset }) => `${topic}/${partition}: ${maxOffset}`).join(", ") || "-"],
    ["result", resultHash],
    ["took", `${(timing.elapsedMs / 1000).toFixed(1)} s, ${shortNumber(timing.rowsPerSecond)} reports/s`],
  ])}`;
}

function table(rows: readonly (readonly [string, string] | readonly string[])[]): string {
  return `<table>${rows.map(([name = "", value = ""]) => `<tr><th>${escapeXml(name)}</th><td>${escapeXml(value)}</td></tr>`).join("")}</table>`;
}

function shown({ value, low, high }: Estimate): string {
  if (value === null) return "-";
  return low === null || high === null ? shortNumber(value) : `${shortNumber(value)} (${shortNumber(low)} to ${shortNumber(high)})`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
