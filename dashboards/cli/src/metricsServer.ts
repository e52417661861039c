import { BellwetherError } from "@bellwether/contracts/errors";
import type { Metrics } from "@bellwether/runtime/metrics";
import fastify from "fastify";

/** An open port with what a supervisor and Prometheus ask of a process that has no API. */
export interface MetricsServer {
  readonly address: string;
  close(): Promise<void>;
}

/** `GET /metrics` and `GET /healthz`, nothing else. Throws `config_invalid` where the address is taken. */
export async function openMetricsServer(metrics: Pick<Metrics, "text">, place: { host: string; port: number }): Promise<MetricsServer> {
  const app = fastify({ logger: false, bodyLimit: 1, requestTimeout: 10_000 });
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/metrics", async (_, reply) => reply.type("text/plain; version=0.0.4").send(await metrics.text()));
  const address = await app.listen(place).catch(async (cause: unknown) => {
    await app.close();
    const got = cause instanceof Error ? cause.message : String(cause);
    const message = `METRICS_HOST and METRICS_PORT: expected an address that is free, got ${place.host}:${place.port}: ${got}`;
    throw new BellwetherError("config_invalid", message, { retryable: false, cause });
  });
  return { address, close: () => app.close() };
}
