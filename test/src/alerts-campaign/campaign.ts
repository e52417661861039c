import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { removeTestDir } from "@bellwether/postgres/testing";
import { createRandom } from "../faults/plan.ts";
import { type CampaignDatabase, startDatabase, whenThere } from "./database.ts";
import { isAnythingDue, prepareAlert, readStates, writeIntentions } from "./intentions.ts";
import { planRuns, type RunPlan } from "./plan.ts";
import { startProviders } from "./providers.ts";
import { type Counted, countReceipts, openReceiptBook, readReceipts } from "./receipts.ts";
import { type Senders, startSenders } from "./senders.ts";
import { TIMEOUT_MS } from "./workerOptions.ts";

/**
 * The duplicate-send campaign: `npm run faults:alerts -- [--intentions 1000000] [--real 10000] [--seed N] [--json]`.
 * Intentions are written with their outbox rows; two to four sender processes deliver them while they are killed, the
 * database is ended and started, and providers lose their answers after taking a message. Counted is what the
 * providers have, not what the senders believe.
 */

interface RunResult extends Counted {
  readonly plan: RunPlan;
  readonly lost: number;
  readonly dead: number;
  readonly kills: number;
  readonly databaseRestarts: number;
  readonly ms: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      intentions: { type: "string", default: "1000000" },
      real: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 100_000) },
      json: { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed);
  const intentions = Number(values.intentions);
  const real = values.real === undefined ? Math.min(10_000, Math.ceil(intentions / 100)) : Number(values.real);
  const results: RunResult[] = [];
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-sends-"));
  const database = await startDatabase(join(dir, "postgres"));
  try {
    await prepareAlert(database.db);
    for (const plan of planRuns(seed, intentions, real)) {
      const result = await doRun(plan, { dir, database, random: createRandom(seed + plan.run) });
      results.push(result);
      if (!values.json) process.stdout.write(`${lineOf(result)}\n`);
    }
  } finally {
    await database.stop();
    await removeTestDir(dir);
  }
  const report = reportOf(results, seed);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.lost + report.doubled + report.unintended + report.dead === 0 ? 0 : 1;
}

interface RunDeps {
  readonly dir: string;
  readonly database: CampaignDatabase;
  readonly random: () => number;
}

async function doRun(plan: RunPlan, { dir, database, random }: RunDeps): Promise<RunResult> {
  const startedAt = performance.now();
  const receiptsDir = join(dir, `run${plan.run}`);
  await mkdir(receiptsDir);
  const book = openReceiptBook(receiptsDir, "servers");
  const { lostAnswers } = plan;
  const providers = await startProviders({ book, random, silenceMs: 2 * TIMEOUT_MS, lostAnswers });
  const { httpPort, smtpPort } = providers;
  const batch = plan.route === "fast" ? 1000 : 200;
  const senders = startSenders(plan.replicas, { url: database.url, receiptsDir, lostAnswers, smtpPort, batch }, plan.run);
  try {
    await writeIntentions(database.db, plan, { targets: plan.route === "fast" ? FAST_TARGETS : realTargets(httpPort) });
    const faults = await misbehaveUntilDone(plan, { senders, database, random });
    await senders.stop();
    const counted = countReceipts(await readReceipts(receiptsDir), (intention) => intention.startsWith(`i${plan.run}-`));
    const { dead } = await readStates(database.db, plan);
    const ms = Math.round(performance.now() - startedAt);
    return { plan, ...counted, lost: plan.intentions - counted.delivered, dead, ...faults, ms };
  } finally {
    await senders.stop();
    await providers.close();
    book.close();
  }
}

const FAST_TARGETS = [
  ["fast", "keeps"],
  ["fast", "ignores"],
] as const;

function realTargets(httpPort: number) {
  return [
    ["webhook", `http://127.0.0.1:${httpPort}/keeps`],
    ["email", "keeps@campaign.test"],
    ["webhook", `http://127.0.0.1:${httpPort}/ignores`],
    ["email", "ignores@campaign.test"],
  ] as const;
}

/** Kills senders at random times and ends the database once on the way, until nothing is due. */
async function misbehaveUntilDone(
  plan: RunPlan,
  { senders, database, random }: Omit<RunDeps, "dir"> & { readonly senders: Senders },
): Promise<{ kills: number; databaseRestarts: number }> {
  let kills = 0;
  let databaseRestarts = 0;
  while (await whenThere(() => isAnythingDue(database.db))) {
    senders.throwIfCrashed();
    await delay(plan.killEveryMs * (0.5 + random()));
    if (databaseRestarts < (kills + 4) / 8) {
      await database.restart(plan.isDatabaseKilled);
      databaseRestarts++;
    }
    if (await senders.replaceOne(Math.floor(random() * plan.replicas))) kills++;
  }
  return { kills, databaseRestarts };
}

function lineOf({ plan, delivered, lost, doubled, doubledWhereKeyIgnored, dropped, kills, databaseRestarts, ms }: RunResult): string {
  const rate = Math.round((plan.intentions / ms) * 1000);
  return `run ${plan.run} ${plan.route}, ${plan.replicas} replicas, ${kills} kills, ${databaseRestarts} database ${plan.isDatabaseKilled ? "kills" : "restarts"}: ${delivered} of ${plan.intentions} delivered, ${lost} lost, ${doubled} doubled, ${dropped} repeats dropped by key, ${doubledWhereKeyIgnored} shown twice where the key is ignored, ${ms} ms (${rate}/s)`;
}

function reportOf(results: readonly RunResult[], seed: number) {
  const sum = (pick: (result: RunResult) => number) => results.reduce((total, result) => total + pick(result), 0);
  return {
    runs: results.length,
    intentions: sum(({ plan }) => plan.intentions),
    delivered: sum(({ delivered }) => delivered),
    lost: sum(({ lost }) => lost),
    /** Shown twice by a receiver that keeps keys; where keys are ignored is counted apart. */
    doubled: sum(({ doubled }) => doubled),
    doubledWhereKeyIgnored: sum(({ doubledWhereKeyIgnored }) => doubledWhereKeyIgnored),
    repeatsDroppedByKey: sum(({ dropped }) => dropped),
    unintended: sum(({ unintended }) => unintended),
    dead: sum(({ dead }) => dead),
    kills: sum(({ kills }) => kills),
    databaseRestarts: sum(({ databaseRestarts }) => databaseRestarts),
    ms: sum(({ ms }) => ms),
    seed,
  };
}

await main();
