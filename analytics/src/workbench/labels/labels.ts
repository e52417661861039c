import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import type { Component } from "@bellwether/contracts/finding";
import type { GroundTruth } from "../types.ts";

/** All labels about a component, newest state of each, in order of id. */
export async function readLabels(store: ColumnStore, component: Component): Promise<readonly GroundTruth[]> {
  const rows = await store.query(
    // FINAL: thousands of rows at most; without it a corrected label would count in both versions.
    "SELECT id, vin, component, outcome, at FROM labels FINAL WHERE component = {component:String} ORDER BY id",
    TABLES.labels.pick({ id: true, vin: true, component: true, outcome: true, at: true }),
    { params: { component } },
  );
  return rows.map(({ at, ...label }) => ({ ...label, atMs: Date.parse(at) }));
}
