import { defineConfig } from "vitest/config";

/**
 * Everything runs in forks: the embedded ClickHouse must never be loaded in a worker thread.
 * Three projects: `unit` needs nothing but Node and stays under a minute; `engines` uses the real embedded
 * ClickHouse, PostgreSQL and log (one process per file, because a data directory has one owner);
 * `system` runs whole services, real data and the browser.
 */
export default defineConfig({
  test: {
    // On two cores Vitest would take one; engine tests wait for disks and databases half of their time.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/src/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", "**/*.engine.test.ts", "**/*.system.test.ts"],
          pool: "forks",
          // Modules are loaded once per worker: loading them anew for each of 200 files took half of the time.
          isolate: false,
        },
      },
      {
        test: {
          name: "engines",
          include: ["**/src/**/*.engine.test.ts"],
          pool: "forks",
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["**/src/**/*.system.test.ts"],
          pool: "forks",
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
