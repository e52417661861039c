import { openStore } from "@bellwether/clickhouse/open";
import { BellwetherError } from "@bellwether/contracts/errors";
import { TOPICS } from "@bellwether/contracts/topics";
import { openPostgres } from "@bellwether/postgres/open";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { readHolder } from "../holder.ts";
import { logConfig, postgresConfig, storeConfig } from "../platform.ts";
import { openReader } from "../reader.ts";
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
  const checks = readHolder(session.home.root) === null ? await checkEngines(session) : [await checkHolder(session)];
  checks.unshift({ part: "node", state: "ok", detail: process.version }, { part: "home", state: "ok", detail: session.home.root });
  session.out.rows(
    checks.map((check) => ({ ...check })),
    ["part", "state", "detail"],
  );
  return checks.every((check) => check.state === "ok") ? EXIT.ok : EXIT.failed;
}

async function checkEngines(session: Session): Promise<Check[]> {
  const { config, home, logger } = session;
  const log = await check("log", async () => {
    const opened = await openLog(logConfig(config, home), { logger });
    try {
      const ends = await opened.endOffsets(TOPICS.frames).catch(() => []);
      return `${opened.kind}, ${ends.reduce((sum, end) => sum + end.nextOffset, 0)} records on ${TOPICS.frames}`;
    } finally {
      await opened.close();
    }
  });
  const store = await check("clickhouse", async () => {
    const opened = await openStore(storeConfig(config, home));
    try {
      return `${opened.kind}, ${await opened.version()}`;
    } finally {
      await opened.close();
    }
  });
  const postgres = await check("postgres", async () => {
    const opened = await openPostgres(postgresConfig(config, home));
    try {
      const [row] = await opened.query("SELECT version() AS version", [], z.object({ version: z.string() }));
      return row?.version ?? "";
    } finally {
      await opened.close();
    }
  });
  return [log, store, postgres];
}

async function checkHolder(session: Session): Promise<Check> {
  return check("running process", async () => {
    const holder = readHolder(session.home.root);
    const reader = await openReader(session);
    try {
      const overview = z.object({ vehicles: z.number(), reports: z.number(), lastEventAt: z.string().nullable() });
      const { vehicles, reports, lastEventAt } = overview.parse(await reader.get("/v1/overview"));
      return `pid ${holder?.pid} at ${holder?.address}: ${vehicles} vehicles, ${reports} reports, last ${lastEventAt ?? "never"}`;
    } finally {
      await reader.close();
    }
  });
}

async function check(part: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { part, state: "ok", detail: await look() };
  } catch (error) {
    if (!(error instanceof BellwetherError)) throw error;
    return { part, state: "failed", detail: `${error.message} [${error.code}]` };
  }
}
