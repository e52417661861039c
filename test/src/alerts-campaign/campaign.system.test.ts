import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const CAMPAIGN = fileURLToPath(new URL("./campaign.ts", import.meta.url));
const reportSchema = z.object({
  runs: z.number(),
  intentions: z.number(),
  delivered: z.number(),
  lost: z.number(),
  doubled: z.number(),
  unintended: z.number(),
  dead: z.number(),
  kills: z.number(),
  seed: z.number(),
});

/** The long campaign is `npm run faults:alerts`. */
it("delivers every intention, and twice only where the receiver ignores the key, while senders and the database are killed", async () => {
  const options = ["--intentions", "10000", "--real", "300", "--seed", "5", "--json"];
  const { stdout } = await run(process.execPath, ["--import", "tsx", CAMPAIGN, ...options]);
  const report = reportSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  expect(report).toMatchObject({ runs: 2, intentions: 10_300, delivered: 10_300, lost: 0, doubled: 0, unintended: 0, dead: 0, seed: 5 });
  expect(report.kills).toBeGreaterThan(0);
});
