import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const CAMPAIGN = fileURLToPath(new URL("./campaign.ts", import.meta.url));
const reportSchema = z.object({
  runs: z.number(),
  produced: z.number(),
  lost: z.number(),
  doubled: z.number(),
  viewLost: z.number(),
  viewDoubled: z.number(),
  unsound: z.number(),
  kills: z.number(),
  seed: z.number(),
});

/** The long campaign, also on a real Kafka, is `npm run faults`. The first twelve runs of seed 19 hold every fault that needs no broker. */
it("loses nothing and doubles nothing over twelve runs with every fault that needs no broker", async () => {
  const { stdout } = await run(process.execPath, ["--import", "tsx", CAMPAIGN, "--runs", "12", "--seed", "19", "--json"]);
  const report = reportSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  expect(report).toMatchObject({ runs: 12, lost: 0, doubled: 0, viewLost: 0, viewDoubled: 0, unsound: 0, seed: 19 });
  expect(report.produced).toBeGreaterThan(1000);
});
