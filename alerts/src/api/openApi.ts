import { BellwetherError } from "@bellwether/contracts/errors";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { alertsConfigSchema } from "../config.ts";
import type { ApiDeps } from "./context.ts";
import { createApi } from "./createApi.ts";

const refuse = (): Promise<never> =>
  Promise.reject(new BellwetherError("store_unavailable", "a description of the API has no database", { retryable: false }));

/** An API that can only be described: no request of it reaches a database. */
const DESCRIBED: Pick<ApiDeps, "db" | "store"> = {
  db: { kind: "embedded", query: refuse, execute: refuse, transaction: refuse, version: refuse, close: async () => {} },
  store: {
    kind: "embedded",
    query: refuse,
    download: refuse,
    command: refuse,
    insertRows: refuse,
    insertNative: refuse,
    version: refuse,
    close: async () => {},
  },
};

/** The OpenAPI 3.1 document of every route, without starting anything. */
export async function openApiDocument(): Promise<object> {
  const logger = createLogger({ service: "api", level: "silent" });
  const app = await createApi({ ...DESCRIBED, config: alertsConfigSchema.parse({}), logger, metrics: createMetrics(), now: () => 0 });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
