import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { loadConfig, processEnvironment } from "../../config.ts";

const run = promisify(execFile);

/** Must be the version in pom.xml. */
const KAFKA_VERSION = "4.1.0";
const JAVA_VERSION_MIN = 17;
const DOWNLOAD_MS_MAX = 600_000;

const cacheSchema = z.object({ bellwetherCache: z.string().default(join(homedir(), ".cache", "bellwether")) });

export type BrokerAvailability =
  | { readonly kind: "ready"; readonly needsDownload: boolean }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Whether a broker can be started here: Java, and the jars or Maven to fetch them with. */
export async function brokerAvailable(cacheDir = defaultCacheDir()): Promise<BrokerAvailability> {
  const java = await javaVersion();
  if (java === null) return { kind: "unavailable", reason: `no Java: expected java ${JAVA_VERSION_MIN} or later on the path` };
  if (java < JAVA_VERSION_MIN) return { kind: "unavailable", reason: `expected java ${JAVA_VERSION_MIN} or later, got ${java}` };
  if (await exists(jarsDir(cacheDir))) return { kind: "ready", needsDownload: false };
  const hasMaven = await run("mvn", ["-v"]).then(
    () => true,
    () => false,
  );
  if (hasMaven) return { kind: "ready", needsDownload: true };
  return { kind: "unavailable", reason: `no Kafka jars in ${cacheDir} and no mvn on the path to fetch them` };
}

/** Folder with the broker's jars; fetched from Maven Central once and kept in the cache (60 MB, under a minute). */
export async function ensureJars(cacheDir = defaultCacheDir()): Promise<string> {
  const jars = jarsDir(cacheDir);
  const availability = await brokerAvailable(cacheDir);
  if (availability.kind === "unavailable") throw new BellwetherError("not_found", availability.reason, { retryable: false });
  if (!availability.needsDownload) return jars;
  const draft = `${jars}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  const pom = fileURLToPath(new URL("./pom.xml", import.meta.url));
  const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${draft}`];
  try {
    await run("mvn", ["-q", "-B", "-f", pom, ...goal], { timeout: DOWNLOAD_MS_MAX });
    await rename(draft, jars);
  } catch (cause) {
    // Another process may have been faster; its jars are as good.
    if (await exists(jars)) return jars;
    const reason = cause instanceof Error ? firstErrorLine(cause.message) : String(cause);
    throw new BellwetherError("not_found", `the Kafka jars could not be fetched: ${reason}`, { retryable: true, cause });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return jars;
}

function jarsDir(cacheDir: string): string {
  return join(cacheDir, `kafka-${KAFKA_VERSION}`);
}

function defaultCacheDir(): string {
  return loadConfig(cacheSchema, processEnvironment()).bellwetherCache;
}

/** Major version of the `java` on the path; null when there is none. */
async function javaVersion(): Promise<number | null> {
  const printed = await run("java", ["-version"]).catch(() => null);
  const major = printed?.stderr.match(/version "(\d+)/)?.[1];
  return major === undefined ? null : Number(major);
}

function firstErrorLine(text: string): string {
  const lines = text.split("\n");
  return lines.find((line) => line.startsWith("[ERROR]")) ?? lines[0] ?? text;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
