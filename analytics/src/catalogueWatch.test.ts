import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { expect, it, vi } from "vitest";
import { DEFAULT_RULES_DIR } from "./catalogue.ts";
import { openCatalogue } from "./catalogueWatch.ts";

it("a process that only follows the directory has the new texts soon, and none after it was stopped", async () => {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-follow-"));
  await cp(DEFAULT_RULES_DIR, dir, { recursive: true });
  const file = join(dir, "tyre-puncture.yaml");
  const text = await readFile(file, "utf8");
  const catalogue = await openCatalogue({ dir, logger: createLogger({ service: "test", level: "silent" }), metrics: createMetrics() });
  const following = catalogue.follow(5);
  try {
    const title = () => catalogue.current().findAdvice("tyre-puncture")?.title.en;
    await writeFile(file, text.replace("Tyre loses air quickly", "Tyre is going flat"));
    await vi.waitFor(() => expect(title()).toBe("Tyre is going flat"), { timeout: 30_000 });
  } finally {
    following.stop();
    await rm(dir, { recursive: true });
  }
}, 60_000);
