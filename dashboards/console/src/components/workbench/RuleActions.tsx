import { useState } from "preact/hooks";
import type { Draft, RuleDetail, Step } from "../../apiTypes.ts";
import { t } from "../../language.ts";
import { messageOf } from "../../useRun.ts";
import { workbench } from "../../workbenchApi.ts";

/** The steps a rule can go from here: draft, shadow, live, and back. */
export function RuleActions(props: {
  rule: RuleDetail;
  draft: Draft | null;
  isChanged: boolean;
  canSave: boolean;
  onSave: () => Promise<void>;
  onRun: () => Promise<void>;
  onStep: (step: Step) => void;
}) {
  const { rule, draft } = props;
  const [reason, setReason] = useState("");
  const [said, setSaid] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const act = (action: () => Promise<void>) => async () => {
    setBusy(true);
    setSaid(null);
    await action().catch((error: unknown) => setSaid(messageOf(error)));
    setBusy(false);
  };
  const step = (perform: () => Promise<Step>) => act(async () => props.onStep(await perform()));
  const button = (label: string, onClick: () => void, isEnabled = true, isPrimary = false) => (
    <button type="button" class={isPrimary ? "primary" : ""} disabled={isBusy || !isEnabled} onClick={onClick}>
      {label}
    </button>
  );
  const needsReason = draft === null && (rule.status === "shadow" || rule.status === "live");
  return (
    <section class="card actions">
      <div class="filters">
        {button(t("wb_save"), act(props.onSave), props.isChanged && props.canSave, props.isChanged)}
        {button(t("wb_runAll"), act(props.onRun), props.canSave)}
        {draft !== null &&
          draft.state === "draft" &&
          button(
            t("wb_toShadow"),
            step(() => workbench.shadow(draft.id)),
            !props.isChanged && props.canSave,
            !props.isChanged,
          )}
        {rule.challenges !== null && (
          <a class="button" href={`/compare?a=${rule.challenges}&b=${rule.id}`}>
            {t("wb_compareWith", { rule: rule.challenges })}
          </a>
        )}
      </div>
      {needsReason && (
        <div class="filters reason">
          <input
            aria-label={t("wb_reason")}
            placeholder={t("wb_reason")}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
          {rule.status === "shadow" &&
            button(
              t("wb_promote"),
              step(() => workbench.promote(rule.id, reason)),
              reason.trim().length >= 3,
              true,
            )}
          {rule.status === "live" &&
            button(
              t("wb_rollback"),
              step(() => workbench.rollback(rule.id, reason)),
              reason.trim().length >= 3,
            )}
        </div>
      )}
      {said !== null && (
        <p class="notice bad" role="alert">
          {said}
        </p>
      )}
    </section>
  );
}
