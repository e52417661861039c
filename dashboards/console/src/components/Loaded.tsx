import type { ComponentChildren } from "preact";
import { ApiError } from "../client.ts";
import { t } from "../language.ts";
import type { Load } from "../useLoad.ts";

/** Shows the content once loaded, and otherwise says what is going on. */
export function Loaded<T>({ state, children }: { state: Load<T>; children: (value: T) => ComponentChildren }) {
  switch (state.kind) {
    case "loading":
      return <p class="notice">{t("loading")}</p>;
    case "failed":
      return <p class="notice bad">{t("failed", { reason: reasonOf(state.error) })}</p>;
    case "ready":
      return <>{children(state.value)}</>;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof Error) return error.message;
  return String(error);
}
