import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { openPostgres } from "@bellwether/postgres/open";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import type { Holder } from "../holder.ts";
import { logConfig, postgresConfig, storeConfig } from "../platform.ts";
import { findHolder, readMetrics, remoteReader } from "../reader.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

interface Check {
  readonly part: string;
  readonly state: "ok" | "failed";
  readonly detail: string;
}

/** `bellwether doctor`: what is reachable, in which version, and how far behind. */
export function addDoctor(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("doctor"))
    .description("check what is reachable, versions and lag")
    .action((_options, command: Command) => runCommand(command, exit, doctor));
}

async function doctor(session: Session): Promise<number> {
  const holder = await findHolder(session.home.root);
  const checks = holder === null ? await checkEngines(session) : await checkHolder(holder);
  const place: readonly Check[] = [
    { part: "node", state: "ok", detail: process.version },
    { part: "home", state: "ok", detail: session.home.root },
  ];
  session.out.rows(
    [...place, ...checks].map((check) => ({ ...check })),
    ["part", "state", "detail"],
  );
  return checks.every((check) => check.state === "ok") ? EXIT.ok : EXIT.failed;
}

/** Opens one engine after the other; the lag is what the log holds beyond what the ledger says has landed. */
async function checkEngines(session: Session): Promise<Check[]> {
  const { config, home, logger } = session;
  const topic = config.ingestTopic;
  let ends: readonly { partition: number; nextOffset: number }[] = [];
  let landed: ReadonlyMap<number, number> | null = null;
  const log = await check("log", async () => {
    const opened = await openLog(logConfig(config, home), { logger });
    try {
      ends = await opened.endOffsets(topic).catch(() => []);
      return `${opened.kind}, ${ends.reduce((sum, end) => sum + end.nextOffset, 0)} records on ${topic}`;
    } finally {
      await opened.close();
    }
  });
  const store = await check("clickhouse", async () => {
    const opened = await openStore(storeConfig(config, home));
    try {
      landed = await readLandedOffsets(opened, topic);
      return `${opened.kind}, ${await opened.version()}${landed === null ? ", no tables yet (bellwether migrate)" : ""}`;
    } finally {
      await opened.close();
    }
  });
  const postgres = await check("postgres", async () => {
    const opened = await openPostgres(postgresConfig(config, home));
    try {
      return `${opened.kind}, ${await opened.version()}`;
    } finally {
      await opened.close();
    }
  });
  const lag = log.state === "ok" && store.state === "ok" ? [lagCheck(topic, lagOf(ends, landed ?? new Map()))] : [];
  return [log, store, postgres, ...lag];
}

const landedRow = z.object({ log_partition: z.number(), next: z.number() });

/** First offset of each partition that has not landed; null before the first migration. */
async function readLandedOffsets(store: ColumnStore, topic: string): Promise<ReadonlyMap<number, number> | null> {
  const isMigrated = await store.query("EXISTS TABLE ingest_ledger", z.object({ result: z.number() }));
  if (isMigrated[0]?.result !== 1) return null;
  const rows = await store.query(
    `SELECT log_partition, max(last_offset) + 1 AS next FROM ingest_ledger
     WHERE log_topic = {topic: String} AND state = 'landed' GROUP BY log_partition`,
    landedRow,
    { params: { topic } },
  );
  return new Map(rows.map((row) => [row.log_partition, row.next]));
}

function lagOf(ends: readonly { partition: number; nextOffset: number }[], landed: ReadonlyMap<number, number>): number {
  return ends.reduce((sum, { partition, nextOffset }) => sum + Math.max(0, nextOffset - (landed.get(partition) ?? 0)), 0);
}

function lagCheck(topic: string, records: number): Check {
  return { part: "lag", state: "ok", detail: `${records} records of ${topic} have not landed` };
}

const overviewSchema = z.object({ vehicles: z.number(), reports: z.number(), lastEventAt: z.string().nullable() });

async function checkHolder({ pid, address, key, engines }: Holder): Promise<Check[]> {
  const running = await check("process", async () => {
    const { vehicles, reports, lastEventAt } = overviewSchema.parse(await remoteReader(address, key).get("/v1/overview"));
    return `${pid} at ${address}: ${vehicles} vehicles, ${reports} reports, last ${lastEventAt ?? "never"}`;
  });
  if (running.state !== "ok") return [running];
  const lag = await check("lag", async () => `${await readMetrics(address, "bellwether_ingest_lag_records")} records wait in the log`);
  return [running, ...Object.entries(engines).map(([part, detail]): Check => ({ part, state: "ok", detail })), lag];
}

async function check(part: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { part, state: "ok", detail: await look() };
  } catch (error) {
    if (!(error instanceof BellwetherError)) throw error;
    return { part, state: "failed", detail: `${error.message} [${error.code}]` };
  }
}
