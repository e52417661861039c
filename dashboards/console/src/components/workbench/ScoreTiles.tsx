import type { Estimate, Score, SweepPoint } from "../../apiTypes.ts";
import { number } from "../../format.ts";
import { t } from "../../language.ts";

const DIGITS = 2;

/** The numbers of one operating point; beneath each what the saved rule gives. */
export function PointTiles({ point, present }: { point: SweepPoint; present: SweepPoint | null }) {
  const tile = (label: string, of: (point: SweepPoint) => string) => (
    <div class="tile" key={label}>
      <b data-tile={label}>{of(point)}</b>
      <span>{label}</span>
      {present !== null && present !== point && <span class="now">{t("wb_now", { value: of(present) })}</span>}
    </div>
  );
  return (
    <div class="tiles">
      {tile(t("wb_precision"), ({ precision }) => number(precision, "", DIGITS))}
      {tile(t("wb_recall"), ({ recall }) => number(recall, "", DIGITS))}
      {tile(t("wb_verdicts"), (p) => `${number(p.true)} / ${number(p.false)} / ${number(p.unknown)}`)}
      {tile(t("wb_lead"), ({ leadDaysMedian }) => number(leadDaysMedian, t("wb_days"), 1))}
      {tile(t("wb_rate"), ({ alertsPer1000VehicleYears: rate }) => number(rate))}
      {tile(t("wb_saving"), ({ saving }) => number(saving))}
    </div>
  );
}

/** A score with its intervals, one line each. */
export function ScoreFacts({ score }: { score: Score }) {
  const pair = (label: string, value: string) => (
    <>
      <dt>{label}</dt>
      <dd class="num">{value}</dd>
    </>
  );
  return (
    <dl class="pairs">
      {pair(t("wb_verdicts"), `${number(score.true)} / ${number(score.false)} / ${number(score.unknown)}`)}
      {pair(t("wb_faults"), t("wb_faultsOf", { found: score.found, missed: score.missed, censored: score.censored }))}
      {pair(t("wb_precision"), estimate(score.precision, "", DIGITS))}
      {pair(t("wb_recall"), estimate(score.recall, "", DIGITS))}
      {pair(t("wb_lead"), estimate(score.leadDaysMedian, t("wb_days"), 1))}
      {pair(t("wb_firingRate"), estimate(score.firingsPer1000VehicleYears, "", 0))}
      {pair(t("wb_rate"), estimate(score.alertsPer1000VehicleYears, "", 0))}
      {pair(t("wb_falseRate"), estimate(score.falseAlertsPer1000VehicleYears, "", 0))}
      {pair(t("wb_saving"), estimate(score.saving, "", 0))}
      {pair(
        t("wb_seen"),
        t("wb_seenOf", { vehicles: number(score.vehicles), years: number(score.vehicleYears, "", 1), rows: number(score.rows) }),
      )}
      {pair(t("wb_notEvaluated"), number(score.rowsNotEvaluated))}
    </dl>
  );
}

/** "0.82 (0.71–0.93)". */
export function estimate({ value, low, high }: Estimate, unit: string, digits: number): string {
  const text = number(value, unit, digits);
  return low === null || high === null ? text : `${text} (${number(low, "", digits)}–${number(high, "", digits)})`;
}
