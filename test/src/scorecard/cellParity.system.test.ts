import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyticsConfigSchema } from "@bellwether/analytics/config";
import { evaluateCellDays } from "@bellwether/analytics/detectors/abnormalCell/evaluateCellDays";
import type { CellDay } from "@bellwether/analytics/features/cellDaily";
import { createSeriesCache } from "@bellwether/analytics/features/series";
import { createAnalytics } from "@bellwether/analytics/service";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import { TOPICS } from "@bellwether/contracts/topics";
import { ingestConfigSchema } from "@bellwether/ingest/config";
import { openRecording } from "@bellwether/ingest/replay/openRecording";
import { createIngest } from "@bellwether/ingest/service";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EV_CELL_FAULTS, readCellDays } from "./cellRecording.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const file = at("../shared/data/ev-cell-faults/car2.csv.gz");
const VIN = "LTEST000000000002";

describe.skipIf(!existsSync(file))("car 2 in memory and through the pipeline (skipped without ../shared/data)", () => {
  let test: TestStore;
  let stored: readonly CellDay[] = [];
  let inMemory: readonly CellDay[] = [];
  const sent: Finding[] = [];

  beforeAll(async () => {
    test = await openTestStore();
    await play(test, sent);
    const cache = createSeriesCache(test.store);
    await cache.refresh([{ vin: VIN, day: "2019-04-01" }], 0);
    stored = cache.of(VIN).cellDays;
    inMemory = await readCellDays(file, EV_CELL_FAULTS);
  });
  afterAll(() => test.close());

  it("gives the same daily roll-ups, field by field", () => {
    expect(stored.map(({ day, load }) => `${day} ${load}`)).toEqual(inMemory.map(({ day, load }) => `${day} ${load}`));
    stored.forEach((row, i) => {
      const twin = inMemory[i];
      if (twin === undefined) throw new Error("a row too many");
      const { samples, cells, lowest, usable, implausible, stuck } = row;
      expect({ samples, cells, lowest, usable, implausible, stuck }).toEqual(pick(twin));
      expectClose(row.deviationMeanMv, twin.deviationMeanMv);
      expectClose(row.deviationSdMv, twin.deviationSdMv);
      expectClose([row.currentMeanA, row.currentSdA, row.socMeanPct], [twin.currentMeanA, twin.currentSdA, twin.socMeanPct]);
      // Cells that miss readings are simplified in SQL for these two (cellRollUpSql.ts).
      const complete = (values: readonly (number | null)[]) => values.filter((_, cell) => usable[cell] === samples);
      expectClose(complete(row.deviationMinMv), complete(twin.deviationMinMv));
      expectClose(complete(row.excessResistanceMohm), complete(twin.excessResistanceMohm));
    });
  });

  it("reports cell 82 on the same day", () => {
    const found = sent.filter(({ source }) => source.id === "abnormal-cell");
    expect(new Set(found.map(({ cell, id }) => `${cell} ${id}`)).size).toBe(1);
    const firstSeen = new Date(Date.parse(found[0]?.firstSeen ?? "") + 8 * 3_600_000).toISOString();
    expect([found[0]?.cell, firstSeen.slice(0, 10)]).toEqual([82, "2019-04-19"]);
    expect(evaluateCellDays(inMemory).map(({ cell, firstSeen: day }) => [cell, day])).toEqual([[82, "2019-04-19"]]);
  });
});

/** Log, ingest, store and analytics on the recording; findings as they are published. */
async function play({ store }: TestStore, sent: Finding[]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-parity-"));
  const log = await openLog({ kind: "embedded", dir });
  const common = { store, logger: createLogger({ service: "test", level: "silent" }), metrics: createMetrics(), now: Date.now };
  const ingest = createIngest({ ...common, log, config: ingestConfigSchema.parse({}) });
  const sink: RecordLog["sink"] = {
    async send(_topic, records) {
      for (const { value } of records) sent.push(findingSchema.parse(JSON.parse(value.toString())));
    },
  };
  const analytics = createAnalytics({ ...common, sink, config: analyticsConfigSchema.parse({}) });
  try {
    await log.ensureTopics([
      { topic: TOPICS.frames, partitions: 1 },
      { topic: TOPICS.deadLetters, partitions: 1 },
    ]);
    await ingest.start();
    for await (const record of await openRecording({ file, mapFile: at("ingest/maps/ev-cell-faults.yaml"), vin: VIN })) {
      await log.sink.send(TOPICS.frames, [record]);
    }
    await ingest.drain();
    await analytics.tick({ final: true });
  } finally {
    await ingest.stop();
    await log.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function pick({ samples, cells, lowest, usable, implausible, stuck }: CellDay): object {
  return { samples, cells, lowest, usable, implausible, stuck };
}

/** Within 0.01 of the column's unit: the table keeps single precision. */
function expectClose(got: readonly (number | null)[], wanted: readonly (number | null)[]): void {
  expect(got.map((x) => x === null)).toEqual(wanted.map((x) => x === null));
  const worst = Math.max(0, ...got.map((x, i) => Math.abs((x ?? 0) - (wanted[i] ?? 0))));
  expect(worst).toBeLessThan(0.01);
}
