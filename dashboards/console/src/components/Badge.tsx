import type { Component, Severity } from "@bellwether/contracts/finding";
import { t } from "../language.ts";

/** Severity as a word with its colour; colour is never the only carrier. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return <span class={`badge sev-${severity}`}>{t(`severity_${severity}`)}</span>;
}

export function componentName(component: Component): string {
  return t(`component_${component}`);
}
