import { readdir, stat } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { type Catalogue, DEFAULT_RULES_DIR, loadRules, readCatalogue } from "./catalogue.ts";

/** The catalogue in force, which follows its directory. */
export interface CatalogueWatch {
  /** What is in force; another object once a changed directory has been taken in. */
  current(): Catalogue;
  /**
   * Looks at the directory. A changed one that can be read whole comes into force; one with any problem is refused whole, its
   * problems are logged once, and what was in force stays.
   */
  look(): Promise<void>;
  /** Looks now and then until stopped: for a process without an engine that would look at each tick. */
  follow(everyMs?: number): { stop(): void };
}

interface WatchDeps {
  readonly dir?: string | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const FOLLOW_MS = 10_000;
/** Problems written into the log at most. */
const LOGGED_MAX = 50;

/** Loads the catalogue and watches its directory. Throws `config_invalid` with all problems where it cannot be read at the start. */
export async function openCatalogue({ dir = DEFAULT_RULES_DIR, logger, metrics }: WatchDeps): Promise<CatalogueWatch> {
  const reloads = metrics.counter({
    name: "bellwether_rules_reloads_total",
    help: "Changed rule directories: taken in, or refused because of a problem in a file.",
    labels: ["result"],
  });
  const refusedFiles = metrics.gauge({
    name: "bellwether_rules_problems",
    help: "Problems in the rule directory as it is now; above 0 the engine runs on what was there before.",
    labels: [],
  });
  let seen = await signatureOf(dir);
  let catalogue = await loadRules(dir);
  refusedFiles.set(0);

  async function look(): Promise<void> {
    const now = await signatureOf(dir);
    if (now === seen) return;
    const read = await readOrRefuse(dir);
    seen = now;
    refusedFiles.set(read.problems.length);
    if (read.catalogue === null) {
      reloads.inc({ result: "refused" });
      logger.error(
        { problems: read.problems.slice(0, LOGGED_MAX), count: read.problems.length },
        "changed rules refused, the old ones stay",
      );
      return;
    }
    catalogue = read.catalogue;
    reloads.inc({ result: "taken" });
    logger.info({ rules: catalogue.rules.length, detectors: catalogue.detectors.length }, "changed rules in force");
  }

  function follow(everyMs = FOLLOW_MS) {
    let isLooking = false;
    const lookOnce = async () => {
      if (isLooking) return;
      isLooking = true;
      await look().catch((error: unknown) => logger.warn({ err: error }, "rules directory not looked at"));
      isLooking = false;
    };
    const timer = setInterval(() => void lookOnce(), everyMs);
    timer.unref();
    return { stop: () => clearInterval(timer) };
  }

  return { current: () => catalogue, look, follow };
}

/** A directory that has gone is a problem like any other. */
async function readOrRefuse(dir: string): Promise<{ catalogue: Catalogue | null; problems: readonly string[] }> {
  try {
    return await readCatalogue(dir);
  } catch (error) {
    if (error instanceof BellwetherError) return { catalogue: null, problems: [error.message] };
    throw error;
  }
}

/** Names, sizes and times of the files: whatever changes a file changes one of them. */
async function signatureOf(dir: string): Promise<string> {
  const parts: string[] = [];
  for (const folder of [dir, `${dir}/detectors`]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(".yaml")).sort()) {
      const file = await stat(`${folder}/${name}`, { bigint: true }).catch(() => null);
      parts.push(`${folder}/${name} ${file?.size} ${file?.mtimeNs} ${file?.ino}`);
    }
  }
  return parts.join("\n");
}
