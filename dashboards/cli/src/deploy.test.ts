import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadConfig, variableOf } from "@bellwether/runtime/config";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { COMMAND_NAMES } from "./main.ts";
import { configSchema } from "./session.ts";

/** The compose file against what it starts: names that are mistyped there would be found out at night. */

const DEPLOY = new URL("../../../infra/deploy/", import.meta.url);
const ROOT = new URL("../../../", import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, DEPLOY), "utf8");

const serviceSchema = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
});
const composeSchema = z.object({ services: z.record(z.string(), serviceSchema), volumes: z.record(z.string(), z.unknown()) });
const { services, volumes } = composeSchema.parse(parse(textOf("compose.yaml"), { merge: true }));
const ours = Object.entries(services).filter(([, { image }]) => image === "bellwether");

test("every service of ours is a command with variables it reads and values it takes", () => {
  const known = Object.keys(configSchema.shape).map(variableOf);
  expect(ours.map(([name]) => name)).toEqual(["migrate", "ingest", "analytics", "alerts"]);
  for (const [, { command, environment }] of ours) {
    expect(COMMAND_NAMES).toContain(command[0]);
    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
    const filled = Object.entries(environment).map(([name, value]) => [name, String(value).replaceAll(/\$\{\w+:\?\}/g, "secret")]);
    expect(() => loadConfig(configSchema, Object.fromEntries(filled))).not.toThrow();
  }
});

test("what is mounted and built from is there, other images are pinned, nothing listens beyond this machine", () => {
  for (const { image, volumes: mounts, ports, build } of Object.values(services)) {
    if (image !== "bellwether") expect(image).toMatch(/:v?\d+(\.\d+)*$/);
    for (const [source = ""] of mounts.map((mount) => mount.split(":"))) {
      if (source.startsWith(".")) expect(existsSync(new URL(source, DEPLOY))).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    if (build === undefined) continue;
    expect(fileURLToPath(new URL(`${build.context}/`, DEPLOY))).toBe(fileURLToPath(ROOT));
    expect(existsSync(new URL(build.dockerfile, ROOT))).toBe(true);
  }
});

test("Prometheus asks the ports the services open", () => {
  const scrape = z.object({ scrape_configs: z.array(z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) })) });
  const { scrape_configs: jobs } = scrape.parse(parse(textOf("prometheus/prometheus.yaml")));
  const targets = jobs.flatMap((job) => job.static_configs.flatMap((at) => at.targets));
  const portOf = (name: string) => services[name]?.environment[name === "alerts" ? "API_PORT" : "METRICS_PORT"];
  expect(targets).toEqual(["ingest", "analytics", "alerts"].map((name) => `${name}:${portOf(name)}`));
});

test("every password the compose file asks for is in the example", () => {
  const asked = new Set([...textOf("compose.yaml").matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name));
  const given = [...textOf(".env.example").matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  expect(new Set(given)).toEqual(asked);
});
