import { setTimeout as delay } from "node:timers/promises";
import type { Channel } from "@bellwether/alerts/channels/channel";
import { createChannels } from "@bellwether/alerts/channels/channels";
import { alertsConfigSchema } from "@bellwether/alerts/config";
import { type SenderDeps, sendDue } from "@bellwether/alerts/delivery/sender";
import { BellwetherError } from "@bellwether/contracts/errors";
import { openPostgres, type Postgres } from "@bellwether/postgres/open";
import { createLogger } from "@bellwether/runtime/logger";
import { openReceiptBook } from "./receipts.ts";
import { LEASE_MS, TIMEOUT_MS, type WorkerOptions, workerOptionsSchema } from "./workerOptions.ts";

/** One sender replica: the process that is killed. It sends until it is ended; a database that is away is waited for. */

const WAIT_MS = 50;

async function main(): Promise<void> {
  const options = workerOptionsSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
  const db = await openWhenThere(options.url);
  const sender = createSender(db, options);
  const forever = new AbortController().signal;
  // The campaign is gone: so is its database.
  process.stdin.on("end", () => process.exit(0)).resume();
  let isProven = false;
  for (;;) {
    const sent = await sendDue(sender, forever).catch((error: unknown) => {
      if (error instanceof BellwetherError) return 0;
      throw error;
    });
    // Only who has done a batch may be killed: on a slow machine the campaign would otherwise never end.
    if (sent > 0 && !isProven) isProven = process.stdout.write("sent\n");
    if (sent === 0) await delay(WAIT_MS);
  }
}

async function openWhenThere(url: string): Promise<Postgres> {
  for (;;) {
    try {
      return await openPostgres({ kind: "server", url });
    } catch (error) {
      if (!(error instanceof BellwetherError)) throw error;
      await delay(WAIT_MS);
    }
  }
}

function createSender(db: Postgres, options: WorkerOptions): SenderDeps {
  const config = alertsConfigSchema.parse({
    webhookSecret: `whsec_${Buffer.from("the campaign's secret, 32 bytes!").toString("base64")}`,
    webhookAllowPrivate: true,
    smtpHost: "127.0.0.1",
    smtpPort: options.smtpPort,
    channelTimeoutMs: TIMEOUT_MS,
  });
  const refuse = () => Promise.reject(new BellwetherError("store_unavailable", "the campaign has no labels", { retryable: true }));
  const real = createChannels(config, {
    logger: createLogger({ service: "campaign", level: "silent" }),
    now: Date.now,
    sink: { send: refuse },
  });
  return {
    db,
    store: { insertRows: refuse },
    channels: new Map([...real, ["fast", createFastChannel(options)]]),
    // Kills count as attempts; a row must survive many of them here.
    options: { batch: options.batch, leaseMs: LEASE_MS, attempts: 60, baseMs: 50, maxMs: 1000, timeoutMs: TIMEOUT_MS },
    name: options.name,
    now: Date.now,
    random: Math.random,
  };
}

/** A provider inside the process: takes the message at once, and sometimes its answer is lost after that. */
function createFastChannel({ receiptsDir, name, lostAnswers }: WorkerOptions): Channel {
  const book = openReceiptBook(receiptsDir, name);
  return {
    limits: { titleChars: 100, bodyChars: 100 },
    async send({ id, address, body }) {
      book.take(address === "keeps" ? "keeps" : "ignores", id, body);
      if (Math.random() >= lostAnswers) return { kind: "sent", providerId: id };
      return { kind: "failed", retryable: true, reason: "timeout", detail: "the answer was lost" };
    },
    close: async () => book.close(),
  };
}

await main();
