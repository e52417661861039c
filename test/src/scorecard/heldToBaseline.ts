import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readBaseline, regressions } from "./baseline.ts";
import type { Dataset } from "./dataset.ts";

const data = fileURLToPath(new URL("../../../../shared/data", import.meta.url));

/** Declares the test that a dataset scores no worse than its committed baseline; skipped where its recording is absent. */
export function heldToBaseline(dataset: Dataset): void {
  const folder = `${data}/${dataset.name}`;
  describe(`scorecard of ${dataset.name}`, () => {
    it.skipIf(!existsSync(folder))(`is no worse than its baseline (skipped without ../shared/data/${dataset.name})`, async () => {
      const figures = await dataset.run({ input: folder, train: folder }, async () => {});
      expect(figures).not.toBeNull();
      expect(regressions(dataset.name, figures ?? [], await readBaseline())).toEqual([]);
    });
  });
}
