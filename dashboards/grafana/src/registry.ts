import type { PanelSpec } from "./panels.ts";

/** A dashboard: its identity and its panels in reading order. */
export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelSpec[];
}
