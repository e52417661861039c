import { createTimedCache } from "@bellwether/runtime/timedCache";
import { readDetectorFiles, readRuleFiles } from "../workbench/catalogue.ts";

/** What else is known to look like a rule's or a detector's fault, from their files; read at most once a minute. */

export interface FalsePositives {
  /** Each text once, in the order of the sources; a source that is no longer in the catalogue has none. */
  of(sources: readonly string[]): Promise<readonly string[]>;
}

const TTL_MS = 60_000;

export function createFalsePositives(dir: string, now: () => number): FalsePositives {
  const known = createTimedCache<ReadonlyMap<string, readonly string[]>>({ ttlMs: TTL_MS, entriesMax: 1, now });
  return {
    async of(sources) {
      const texts = await known.get("all", () => readAll(dir));
      return [...new Set(sources.flatMap((id) => texts.get(id) ?? []))];
    },
  };
}

async function readAll(dir: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const [rules, detectors] = await Promise.all([readRuleFiles(dir), readDetectorFiles(dir)]);
  return new Map([...rules.map(({ rule }) => rule), ...detectors].map(({ id, falsePositives }) => [id, falsePositives]));
}
