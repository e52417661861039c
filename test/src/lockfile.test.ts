import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";

/** `npm ci` refuses a lock file that misses an optional package of another platform; an install from a partial mirror drops them. */

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

const { packages } = lockSchema.parse(JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")));

/** Whether Node would find `name` from the package at `path`: beside it, or in any node_modules further up. */
function isLocked(path: string, name: string): boolean {
  for (let base = path; ; base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))) {
    if (`${base === "" ? "" : `${base}/`}node_modules/${name}` in packages) return true;
    if (base === "") return false;
  }
}

describe("package-lock.json", () => {
  it("has an entry for every optional package of every platform", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
    );
    expect(missing).toEqual([]);
  });
});
