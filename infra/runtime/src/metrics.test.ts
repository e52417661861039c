import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("keeps its own registry and gives the same metric for the same name", async () => {
  const metrics = createMetrics();
  const other = createMetrics();
  const rows = { name: "bellwether_rows_total", help: "Rows landed.", labels: ["table"] };
  metrics.counter(rows).inc({ table: "telemetry" }, 2);
  metrics.counter(rows).inc({ table: "telemetry" });
  metrics.gauge({ name: "bellwether_lag_records", help: "Lag." }).set(7);
  metrics.histogram({ name: "bellwether_insert_seconds", help: "Insert time.", buckets: [0.1, 1] }).observe(0.5);
  const text = await metrics.text();
  expect(text).toContain('bellwether_rows_total{table="telemetry"} 3');
  expect(text).toContain("bellwether_lag_records 7");
  expect(text).toContain('bellwether_insert_seconds_bucket{le="1"} 1');
  expect((await other.text()).trim()).toBe("");
});

test("measures the process when asked to", async () => {
  expect(await createMetrics({ withProcess: true }).text()).toContain("process_resident_memory_bytes");
});
