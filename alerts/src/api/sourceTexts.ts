import type { Language } from "@bellwether/contracts/alert";
import { createTimedCache } from "@bellwether/runtime/timedCache";
import { readDetectorFiles, readRuleFiles } from "../workbench/catalogue.ts";

/** What the files of rules and detectors say about themselves, for people who meet their findings; read at most once a minute. */

interface SourceText {
  readonly title: Readonly<Record<Language, string>>;
  /** What else is known to look like its fault. */
  readonly falsePositives: readonly string[];
  /** The same in Chinese, or in English where a file has no Chinese. */
  readonly falsePositivesZh: readonly string[];
}

export interface SourceTexts {
  /** By id; a source that is no longer in the catalogue has none. */
  all(): Promise<ReadonlyMap<string, SourceText>>;
}

const TTL_MS = 60_000;

export function createSourceTexts(dir: string, now: () => number): SourceTexts {
  const known = createTimedCache<ReadonlyMap<string, SourceText>>({ ttlMs: TTL_MS, entriesMax: 1, now });
  return { all: () => known.get("all", () => readAll(dir)) };
}

async function readAll(dir: string): Promise<ReadonlyMap<string, SourceText>> {
  const [rules, detectors] = await Promise.all([readRuleFiles(dir), readDetectorFiles(dir)]);
  return new Map(
    [...rules.map(({ rule }) => rule), ...detectors].map(({ id, title, falsePositives, falsePositivesZh = falsePositives }) => [
      id,
      { title, falsePositives, falsePositivesZh },
    ]),
  );
}
