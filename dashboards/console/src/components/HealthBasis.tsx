import type { HealthPoint } from "../apiTypes.ts";
import { date, number } from "../format.ts";
import { t, textOr } from "../language.ts";

interface Props {
  /** The newest reading, with a number or without. */
  readonly newest: HealthPoint;
  /** The newest with a number. */
  readonly last: HealthPoint;
  readonly known: readonly HealthPoint[];
}

/** What the health number rests on: reference, class, what moved it, what is not ageing, each method's own opinion. */
export function HealthBasis({ newest, last, known }: Props) {
  const reference = number(last.referenceAh, "Ah", 1);
  const sessions = number(last.sessions);
  return (
    <ul class="plain">
      {last.referenceAh !== null && <li>{t("healthReference", { reference, sessions })}</li>}
      <li>{textOr(`class_${last.accuracyClass}`, last.accuracyClass)}</li>
      {newest.verdict !== "ok" && <li>{t("healthSilent", { when: date(newest.at), reason: newest.reason })}</li>}
      {movedBy(known).map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
      {(last.imbalancePct ?? 0) > 0 && <li>{t("healthImbalance", { points: number(last.imbalancePct, "", 1) })}</li>}
      {last.previousSohPct !== null && (
        <li>{t("healthPrevious", { previous: number(last.previousSohPct, "%", 1), now: number(last.sohPct, "%", 1) })}</li>
      )}
      {last.opinions.length > 1 && last.opinions.map((one) => <li key={one.method}>{opinionText(one)}</li>)}
    </ul>
  );
}

/** The last move of more than half a point and its cause, where it was not simply the first value. */
function movedBy(known: readonly HealthPoint[]): string[] {
  const moved = known.filter(({ cause }) => cause !== "" && cause !== "first_value").at(-1);
  return moved === undefined ? [] : [t("healthCause", { when: date(moved.at), cause: textOr(`cause_${moved.cause}`, moved.cause) })];
}

function opinionText({ method, capacityAh, weight }: HealthPoint["opinions"][number]): string {
  const words = { method: textOr(`opinion_${method}`, method), capacity: number(capacityAh, "Ah", 1) };
  return weight === 0 ? t("opinionSecond", words) : t("opinion", { ...words, share: number(100 * weight, "%") });
}
