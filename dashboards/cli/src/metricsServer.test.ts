import { createMetrics } from "@bellwether/runtime/metrics";
import { expect, onTestFinished, test } from "vitest";
import { openMetricsServer } from "./metricsServer.ts";

async function open() {
  const metrics = createMetrics();
  metrics.counter({ name: "bellwether_test_total", help: "for this test" }).inc(3);
  const server = await openMetricsServer(metrics, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return server;
}

test("a process without an API shows its metrics and that it lives, and nothing else", async () => {
  const { address } = await open();
  const metrics = await fetch(`${address}/metrics`);
  expect(metrics.headers.get("content-type")).toContain("text/plain");
  expect(await metrics.text()).toContain("bellwether_test_total 3");
  expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ status: "ok" });
  expect((await fetch(`${address}/v1/overview`)).status).toBe(404);
  expect((await fetch(`${address}/metrics`, { method: "POST", body: "x" })).status).toBe(404);
});

test("a port that is taken is a configuration problem that names its variables", async () => {
  const { address } = await open();
  const port = Number(new URL(address).port);
  const second = openMetricsServer(createMetrics(), { host: "127.0.0.1", port });
  await expect(second).rejects.toMatchObject({ code: "config_invalid", message: expect.stringContaining("METRICS_PORT") });
});
