import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Environment, loadConfig, processEnvironment } from "../config.ts";
import { flag } from "../configFields.ts";
import { type Broker, startBroker } from "../kafka/broker/broker.ts";
import { brokerAvailable } from "../kafka/broker/jars.ts";
import { createLogger } from "../logger.ts";
import { numbered, numbersOf, range, read } from "./contract/reading.ts";
import { KAFKA_CLIENTS } from "./kafka/client.ts";
import { kafkaConfigFields, kafkaOptions } from "./kafka/config.ts";
import { openLog } from "./openLog.ts";
import { isRdkafkaInstalled } from "./rdkafka.ts";
import { createTestCertificates, type TestCertificates } from "./testing.ts";

const PASSWORD = "correct-horse-7";
const TEST_MS_MAX = 60_000;
const configSchema = z.object(kafkaConfigFields);
const clients = KAFKA_CLIENTS.filter((client) => client === "kafkajs" || isRdkafkaInstalled());

interface Secured {
  readonly broker: Broker;
  readonly certificates: TestCertificates;
  readonly dir: string;
}

const target = await startSecured();

/** An unsigned token (RFC 7515, alg none), as Kafka's own handler for tests takes it. */
function unsignedToken(subject: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1000);
  return `${encode({ alg: "none" })}.${encode({ sub: subject, iat: seconds, exp: seconds + 600 })}.`;
}

describe("Kafka with TLS and SASL, configured by environment and files", () => {
  if (typeof target === "string") {
    test.skip(`skipped: ${target}`, () => {});
    return;
  }
  const { broker, certificates, dir } = target;
  afterAll(async () => {
    await broker.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** Opens a log as a process with this environment would; what it logs is kept to be looked through. */
  async function open(environment: Environment) {
    const lines: string[] = [];
    const logger = createLogger({ service: "secured", level: "trace", destination: { write: (line) => void lines.push(line) } });
    const options = kafkaOptions(loadConfig(configSchema, environment), Date.now);
    if (options === null) throw new Error("the environment names no brokers");
    return { log: await openLog({ kind: "kafka", ...options }, { logger }), lines };
  }

  async function sendAndRead(environment: Environment): Promise<readonly string[]> {
    const { log, lines } = await open(environment);
    const topic = `secured-${Math.random().toString(36).slice(2)}`;
    await log.ensureTopics([{ topic, partitions: 1 }]);
    await log.sink.send(topic, numbered(20));
    const reading = await read(log, { topic, group: topic });
    await reading.until(20);
    expect(numbersOf(reading.records)).toEqual(range(20));
    await log.close();
    return lines;
  }

  const saslEnvironment = (client: string, more: Environment): Environment => ({
    KAFKA_BROKERS: broker.secured.sasl.join(","),
    KAFKA_CLIENT: client,
    KAFKA_SSL: "true",
    KAFKA_SSL_CA: join(dir, "authority.pem"),
    KAFKA_USER: "alice",
    KAFKA_PASSWORD_FILE: join(dir, "password"),
    ...more,
  });

  describe.each(clients)("through %s", (client) => {
    test.each(["plain", "scram-sha-256", "scram-sha-512"])(
      "SASL %s over TLS, the password and the authority from files",
      async (mechanism) => {
        const lines = await sendAndRead(saslEnvironment(client, { KAFKA_SASL_MECHANISM: mechanism }));
        expect(lines.join("")).not.toContain(PASSWORD);
      },
      TEST_MS_MAX,
    );

    test.each(["plain", "scram-sha-512"])(
      "SASL %s with a wrong password is refused for good, without the password in the message",
      async (mechanism) => {
        const wrong = { KAFKA_SASL_MECHANISM: mechanism, KAFKA_PASSWORD_FILE: undefined, KAFKA_PASSWORD: "battery-staple" };
        const failure: unknown = await open(saslEnvironment(client, wrong)).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: "log_unavailable", retryable: false });
        expect(String(failure)).not.toContain("battery-staple");
      },
      TEST_MS_MAX,
    );

    test(
      "OAUTHBEARER with the token from a file",
      async () => {
        const token = unsignedToken("alice");
        await writeFile(join(dir, "token"), `${token}\n`);
        const environment = { KAFKA_SASL_MECHANISM: "oauthbearer", KAFKA_OAUTH_TOKEN_FILE: join(dir, "token") };
        expect((await sendAndRead(saslEnvironment(client, environment))).join("")).not.toContain(token);
      },
      TEST_MS_MAX,
    );

    test(
      "OAUTHBEARER with the token from an authorisation server",
      async () => {
        const asked: string[] = [];
        const server = createServer((request, response) => {
          asked.push(request.headers.authorization ?? "");
          response.end(JSON.stringify({ access_token: unsignedToken("alice"), token_type: "Bearer", expires_in: 600 }));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const address = server.address();
        const port = typeof address === "object" ? address?.port : 0;
        await sendAndRead(
          saslEnvironment(client, {
            KAFKA_SASL_MECHANISM: "oauthbearer",
            KAFKA_OAUTH_URL: `http://127.0.0.1:${port}/token`,
            KAFKA_OAUTH_CLIENT_ID: "bellwether",
            KAFKA_OAUTH_CLIENT_SECRET: "s:1",
          }),
        );
        server.close();
        expect(asked).toEqual([`Basic ${Buffer.from("bellwether:s%3A1").toString("base64")}`]);
      },
      TEST_MS_MAX,
    );

    test(
      "mTLS, certificate and key as text",
      async () => {
        await sendAndRead({
          KAFKA_BROKERS: broker.secured.mtls.join(","),
          KAFKA_CLIENT: client,
          KAFKA_SSL: "true",
          KAFKA_SSL_CA: certificates.ca,
          KAFKA_SSL_CERT: certificates.client.cert,
          KAFKA_SSL_KEY: certificates.client.key,
        });
      },
      TEST_MS_MAX,
    );

    test(
      "mTLS without a certificate, and an authority that has not signed the broker's, are refused",
      async () => {
        const environment = { KAFKA_BROKERS: broker.secured.mtls.join(","), KAFKA_CLIENT: client, KAFKA_SSL: "true" };
        for (const ca of [certificates.ca, certificates.strangerCa]) {
          await expect(open({ ...environment, KAFKA_SSL_CA: ca })).rejects.toMatchObject({ code: "log_unavailable" });
        }
      },
      TEST_MS_MAX,
    );
  });
});

async function startSecured(): Promise<Secured | string> {
  const { bellwetherKafkaTests } = loadConfig(z.object({ bellwetherKafkaTests: flag().default(false) }), processEnvironment());
  const availability = await brokerAvailable();
  if (availability.kind === "unavailable") return availability.reason;
  if (availability.needsDownload && !bellwetherKafkaTests)
    return "the Kafka jars are not in the cache; BELLWETHER_KAFKA_TESTS=1 fetches them";
  const certificates = await createTestCertificates();
  if (certificates === null) return "no openssl on the path to make certificates with";
  const dir = await mkdtemp(join(tmpdir(), "bellwether-kafka-secured-"));
  const security = { ca: certificates.ca, ...certificates.server, user: { name: "alice", password: PASSWORD } };
  const broker = await startBroker({ dir: join(dir, "broker"), security });
  await writeFile(join(dir, "authority.pem"), certificates.ca);
  await writeFile(join(dir, "password"), `${PASSWORD}\n`);
  return { broker, certificates, dir };
}
