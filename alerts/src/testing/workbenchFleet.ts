import { createSeeder, type SeedRow } from "@bellwether/analytics/testing/seed";
import type { ColumnStore } from "@bellwether/clickhouse/store";

/** A small fleet for tests of the workbench: what a rule about low cells should find, and at which limit it does. */

const DAY_MS = 86_400_000;
export const FLEET_START_MS = Date.parse("2026-01-01T00:00:00Z");
export const FLEET_DAYS = 84;
const SICK = 40;
const HEALTHY = 20;
const REPORTS_PER_DAY = 6;

/** The n-th car's VIN, from 1; the first 40 are the sick ones. */
export function fleetVin(n: number): string {
  return `LWORKBENCH${String(n).padStart(7, "0")}`;
}

/**
 * Lands 84 days of 60 cars. On day 30 the lowest cell of car n of the first 40 falls to between 2.95 V (first) and 2.56 V (last)
 * for a few minutes; 20 days later a workshop confirms a bad cell. A limit of 2.7 V announces about a third of them, 3.0 V all.
 */
export async function seedWorkbenchFleet(store: ColumnStore): Promise<void> {
  const cars = Array.from({ length: SICK + HEALTHY }, (_, i) => i + 1);
  await createSeeder(store).land(cars.flatMap(rowsOf));
  const at = (day: number) => new Date(FLEET_START_MS + day * DAY_MS).toISOString();
  const labels = cars.slice(0, SICK).map((n) => ({
    id: `ro-${n}`,
    vin: fleetVin(n),
    component: "battery_cell",
    outcome: "confirmed",
    alert_id: null,
    source_id: null,
    given_by: "dealer:North",
    at: at(50),
    note: "",
    revision: 1,
  }));
  await store.insertRows("labels", labels, { token: "workbench-labels" });
  const firings = [...cars.slice(26, SICK), SICK + 1, SICK + 2].map((n) => ({
    rule_id: "cell-under-voltage",
    rule_version: 1,
    vin: fleetVin(n),
    started_at: at(30),
    known_at: at(30),
    last_firing: at(30),
    cleared_at: at(33),
    stage: "live",
    is_withdrawn: false,
    revision: 1,
  }));
  await store.insertRows("rule_firings", firings, { token: "workbench-firings" });
  const findings = cars.slice(0, 12).map((n) => ({
    id: `fi-${n}`,
    vin: fleetVin(SICK + (n % HEALTHY)),
    source_kind: "rule",
    source_id: "cell-under-voltage",
    source_version: 1,
    component: "battery_cell",
    severity: "warning",
    state: "active",
    first_seen: at(60),
    last_seen: at(61 + n / 10),
    cell: n,
    evidence: "{}",
    sentence: `Cell ${n} fell to 2.61 V; the limit is 2.7 V.`,
    sentence_zh: `${n}号单体电压降至2.61 V，限值为2.7 V。`,
    revision: 1,
  }));
  await store.insertRows("findings", findings, { token: "workbench-findings" });
}

function rowsOf(n: number): readonly SeedRow[] {
  return Array.from({ length: FLEET_DAYS * REPORTS_PER_DAY }, (_, i) => {
    const day = Math.floor(i / REPORTS_PER_DAY);
    const atMs = FLEET_START_MS + day * DAY_MS + 8 * 3_600_000 + (i % REPORTS_PER_DAY) * 30_000;
    const isSunk = n <= SICK && day === 30;
    return {
      vin: fleetVin(n),
      atMs,
      cell_voltage_min_v: isSunk ? 2.96 - n * 0.01 : 3.6,
      cell_voltage_max_v: 3.9,
      cell_voltage_min_index: 7,
    };
  });
}
