import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readBaseline, regressions } from "./baseline.ts";
import { RECORDED } from "./registry.ts";

const data = fileURLToPath(new URL("../../../../shared/data", import.meta.url));

describe.each(RECORDED)("scorecard of $name", (dataset) => {
  const folder = `${data}/${dataset.name}`;

  it.skipIf(!existsSync(folder))(`is no worse than its baseline (skipped without ../shared/data/${dataset.name})`, async () => {
    const figures = await dataset.run({ input: folder, train: folder }, async () => {});
    expect(figures).not.toBeNull();
    expect(regressions(dataset.name, figures ?? [], await readBaseline())).toEqual([]);
  });
});
