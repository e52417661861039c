import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { BellwetherError } from "@bellwether/contracts/errors";
import { ensureJars } from "./jars.ts";
import { type BrokerSecurity, type SecuredAddresses, type SecuredListeners, securedListeners } from "./security.ts";

const run = promisify(execFile);

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 20_000;
/** Any fixed id will do: each directory is a cluster of its own. */
const CLUSTER_ID = "YmVsbHdldGhlci1sb2NhbA";

export interface BrokerOptions {
  /** Where the broker keeps its data; an existing directory is resumed. */
  readonly dir: string;
  /** A free one is chosen when absent. */
  readonly port?: number;
  readonly cacheDir?: string;
  /** Opens listeners with TLS and SASL beside the plain one. */
  readonly security?: BrokerSecurity;
  /** Worth Java's optimising compiler: slower to start, faster afterwards. */
  readonly isLongLived?: boolean;
}

export interface Broker {
  readonly brokers: readonly string[];
  /** Addresses of the listeners that `security` opens; empty without. */
  readonly secured: SecuredAddresses;
  /** Clean stop; the data stays. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Settles with the exit code when the process has ended, for whatever reason. */
  readonly exited: Promise<number | null>;
}

/**
 * Starts a real Apache Kafka in KRaft mode (broker and controller in one JVM) on the loopback interface, without Docker.
 * Needs Java; the jars come from the cache or, once, from Maven Central. Resolves when the broker takes requests.
 */
export async function startBroker({ dir, port, cacheDir, security, isLongLived = false }: BrokerOptions): Promise<Broker> {
  const jars = await ensureJars(cacheDir);
  const brokerPort = port ?? (await freePort());
  const controllerPort = await freePort();
  await mkdir(dir, { recursive: true });
  const properties = join(dir, "server.properties");
  const secured = security === undefined ? undefined : await securedListeners(dir, security, freePort);
  await writeFile(properties, serverProperties({ dataDir: join(dir, "data"), brokerPort, controllerPort, secured }));
  await writeFile(join(dir, "log4j2.properties"), LOG4J_PROPERTIES);
  const java = ["-Xmx512m", "-XX:+UseSerialGC", `-Dlog4j2.configurationFile=${join(dir, "log4j2.properties")}`, "-cp", join(jars, "*")];
  await format([...java, ...QUICK_START], { dir, properties, users: secured?.formatArguments ?? [] });
  const child = spawn("java", [...java, ...(isLongLived ? [] : QUICK_START), "kafka.Kafka", properties], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const exited = once(child, "exit").then(([code]) => {
    process.off("exit", endWithUs);
    return typeof code === "number" ? code : null;
  });
  await untilStarted(child, exited);
  return {
    brokers: [`127.0.0.1:${brokerPort}`],
    secured: secured?.addresses ?? { mtls: [], sasl: [] },
    exited,
    stop: () => end(child, exited, "SIGTERM"),
    kill: () => end(child, exited, "SIGKILL"),
  };
}

/** Without Java's optimising compiler a start takes a third less CPU time (3.5 s instead of 5.2). */
const QUICK_START = ["-XX:TieredStopAtLevel=1"];

async function format(
  java: readonly string[],
  { dir, properties, users }: { dir: string; properties: string; users: readonly string[] },
): Promise<void> {
  const isFormatted = await access(join(dir, "data", "meta.properties")).then(
    () => true,
    () => false,
  );
  if (!isFormatted) await run("java", [...java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties, ...users]);
}

/** Reads the broker's output until it says it is up; what it said before is the reason when it ends instead. */
async function untilStarted(child: ChildProcess, exited: Promise<number | null>): Promise<void> {
  if (child.stdout === null) throw new Error("the broker's output is a pipe");
  const lastLines: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const started = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (line.includes("Kafka Server started")) resolve();
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), START_MS_MAX);
  });
  const outcome = await Promise.race([started, exited, tooLate]);
  clearTimeout(timer);
  if (outcome === undefined) return;
  child.kill("SIGKILL");
  const what = outcome === "late" ? `not started after ${START_MS_MAX} ms` : `ended with exit code ${outcome}`;
  throw new BellwetherError("log_unavailable", `the Kafka broker has ${what}:\n${lastLines.join("\n")}`, { retryable: false });
}

async function end(child: ChildProcess, exited: Promise<number | null>, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  child.kill(signal);
  const impatient = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await exited;
  clearTimeout(impatient);
}

/** A port nobody uses now; between this and its use somebody could take it, which the start would report. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = addressOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address;
}

const LOG4J_PROPERTIES = `rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
`;

interface ServerProperties {
  readonly dataDir: string;
  readonly brokerPort: number;
  readonly controllerPort: number;
  readonly secured: SecuredListeners | undefined;
}

function serverProperties({ dataDir, brokerPort, controllerPort, secured }: ServerProperties): string {
  const plain = `PLAINTEXT://127.0.0.1:${brokerPort}`;
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=${[plain, ...(secured?.listeners ?? []), `CONTROLLER://127.0.0.1:${controllerPort}`].join(",")}
advertised.listeners=${[plain, ...(secured?.listeners ?? [])].join(",")}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT${secured?.protocols ?? ""}
inter.broker.listener.name=PLAINTEXT
log.dirs=${dataDir}
auto.create.topics.enable=false
message.max.bytes=16777216
num.network.threads=2
num.io.threads=4
# One node: internal topics cannot have more replicas, and few partitions make the first start quick.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# The default of 128 MiB would be a quarter of the heap.
log.cleaner.dedupe.buffer.size=16777216
${secured?.properties ?? ""}`;
}
