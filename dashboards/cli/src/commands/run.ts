import { BellwetherError } from "@bellwether/contracts/errors";
import { untilAborted } from "@bellwether/runtime/lifecycle";
import type { Command } from "commander";
import { removeHolder, writeHolder } from "../holder.ts";
import { openMetricsServer } from "../metricsServer.ts";
import { openPlatform, type Platform } from "../platform.ts";
import { serviceKey } from "../reader.ts";
import { type Api, createServices, openApi, type Services } from "../services.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { untilSignal } from "../untilSignal.ts";
import { addAlertsList } from "./lists.ts";

/** What one process runs; the API goes with the alert service, which owns its tables. */
type Role = "ingest" | "analytics" | "alerts";
const ALL_ROLES: readonly Role[] = ["ingest", "analytics", "alerts"];

/** `bellwether up`: all services in one process, from configuration. */
export function addUp(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("up"))
    .description("run all services in one process")
    .action((_options, command: Command) => runCommand(command, exit, (session) => runServices(session, ALL_ROLES)));
}

export function addIngest(program: Command, exit: ExitSlot): void {
  addRole(program, exit, "ingest", "run the ingest service: bytes on a topic to rows");
}

export function addAnalytics(program: Command, exit: ExitSlot): void {
  addRole(program, exit, "analytics", "run the analytics service: rows to findings");
}

/** `bellwether alerts` runs the service, `bellwether alerts list` lists alerts. */
export function addAlerts(program: Command, exit: ExitSlot): void {
  const alerts = addRole(program, exit, "alerts", "run the alert service with the API and the console");
  addAlertsList(alerts, exit);
}

function addRole(program: Command, exit: ExitSlot, role: Role, description: string): Command {
  return withCommonOptions(program.command(role))
    .description(description)
    .action((_options, command: Command) => runCommand(command, exit, (session) => runServices(session, [role])));
}

async function runServices(session: Session, roles: readonly Role[]): Promise<number> {
  return untilSignal(session, async ({ signal, onClose }) => {
    const platform = await openPlatform(session.config, session.home, session.logger);
    onClose("engines", () => platform.close());
    const services = await createServices(session, platform);
    let address: string | null = null;
    if (roles.includes("alerts")) {
      const opened = await listen(session, platform, services);
      address = opened.address;
      onClose("api", async () => {
        removeHolder(session.home.root);
        await opened.api.close();
      });
      session.out.line(`console and API: ${address} (a key to sign in: bellwether keys create --name you)`);
    }
    if (roles.includes("alerts") && !roles.includes("analytics")) {
      // Titles and advice of the messages: beside an engine, which looks at each tick, this would be a second look.
      const following = services.catalogue.follow();
      onClose("rules", async () => following.stop());
    }
    const { metricsHost: host, metricsPort: port } = session.config;
    if (port !== undefined) {
      const metrics = await openMetricsServer(services.metrics, { host, port });
      onClose("metrics", () => metrics.close());
      session.out.line(`metrics: ${metrics.address}/metrics`);
    }
    const running = roles.map((role) => services[role]);
    for (const service of running) {
      await service.start();
      onClose("service", () => service.stop());
    }
    session.out.line(`running: ${roles.join(", ")}; Ctrl-C stops`);
    if (session.json) session.out.record({ running: roles, address });
    await Promise.race([untilAborted(signal), ...running.map((service) => service.done)]);
  });
}

/** Opens the API's port and leaves a note for commands started beside this process. */
export async function listen(
  session: Session,
  platform: Platform,
  services: Pick<Services, "metrics">,
): Promise<{ address: string; api: Api }> {
  const api = await openApi(session, platform, services.metrics);
  const { apiHost: host, apiPort: port } = session.config;
  const address = await api.listen({ host, port }).catch(async (cause: unknown) => {
    await api.close();
    throw portTaken(`${host}:${port}`, cause);
  });
  const key = await serviceKey(session.home.root, platform.db);
  const engines = await describeEngines(platform);
  writeHolder(session.home.root, { pid: process.pid, address, key, startedAt: new Date().toISOString(), engines });
  return { address, api };
}

function portTaken(place: string, cause: unknown): BellwetherError {
  const got = cause instanceof Error ? cause.message : String(cause);
  const message = `API_HOST and API_PORT: expected an address that is free, got ${place}: ${got}; API_PORT=0 takes any free port`;
  return new BellwetherError("config_invalid", message, { retryable: false, cause });
}

/** Kind and version per engine, for `doctor` and for the note left to other commands. */
async function describeEngines({ log, store, db }: Platform): Promise<Record<string, string>> {
  return {
    log: log.kind,
    clickhouse: `${store.kind}, ${await store.version()}`,
    postgres: `${db.kind}, ${await db.version()}`,
  };
}
