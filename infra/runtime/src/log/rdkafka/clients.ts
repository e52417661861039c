import { BellwetherError } from "@bellwether/contracts/errors";
import type { Client, LibrdKafkaError } from "node-rdkafka";
import type { KafkaLogOptions } from "../kafka/client.ts";

const CONNECT_MS_MAX = 10_000;
/** librdkafka does not ask for a new token by itself here; brokers end connections whose token has expired. */
const TOKEN_EVERY_MS = 60_000;

/** Names what was attempted; librdkafka's own words and code say what came. */
export function toRdkafkaError(error: LibrdKafkaError | Error, attempted: string): BellwetherError {
  const code = "code" in error ? error.code : 0;
  const message = `${attempted}: ${error.message}${code === 0 ? "" : ` (librdkafka ${code})`}`;
  if (UNKNOWN_TOPIC.includes(code)) return new BellwetherError("not_found", message, { retryable: false, cause: error });
  return new BellwetherError("log_unavailable", message, { retryable: !FINAL.includes(code), cause: error });
}

const UNKNOWN_TOPIC = [3, -188, -190];
/** Message too large; authentication and authorisation failures; fatal. */
const FINAL = [10, 29, 30, 31, 58, -150, -169];

/** Connects a client and keeps its token fresh; the returned function ends that. */
export async function connectClient(client: Client, { brokers, sasl, logger }: KafkaLogOptions): Promise<() => void> {
  client.on("event.error", (error) => logger?.debug({ kafka: "librdkafka", reason: error.message }, "the client reports"));
  if (sasl?.mechanism === "oauthbearer") client.setOauthBearerToken(await sasl.token());
  await new Promise<void>((resolve, reject) => {
    client.connect({ timeout: CONNECT_MS_MAX }, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(toRdkafkaError(error, `connecting to ${brokers.join(",")}`));
    });
  });
  if (sasl?.mechanism !== "oauthbearer") return () => undefined;
  const { token } = sasl;
  const renew = async () => client.setOauthBearerToken(await token());
  const timer = setInterval(
    () => renew().catch((error: unknown) => logger?.warn({ err: error }, "the token for Kafka could not be renewed")),
    TOKEN_EVERY_MS,
  );
  timer.unref();
  return () => clearInterval(timer);
}

export function disconnectClient(client: Client): Promise<void> {
  return new Promise((resolve) => client.disconnect(resolve));
}
