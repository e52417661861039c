import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import { lockDirectory } from "@bellwether/runtime/lock";
import { locateBinaries } from "./binaries.ts";
import { type Account, type Command, commandFor, findAccount, runCommand } from "./runAs.ts";

/** A running PostgreSQL of our own, reachable on the loopback interface only. */
export interface Cluster {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Stops the server and gives the directory back; the data stays. */
  stop(): Promise<void>;
}

/** Everything the steps below need to know about one directory. */
interface Place {
  readonly dir: string;
  readonly data: string;
  readonly account: Account | null;
  readonly initdb: (args: readonly string[]) => Command;
  readonly pgCtl: (args: readonly string[]) => Command;
}

const HOST = "127.0.0.1";
const USER = "bellwether";
const INIT_MS_MAX = 120_000;
const START_SECONDS_MAX = 60;
const RETRY_MS = 500;

/** What differs from PostgreSQL's defaults. The log has no DETAIL, because that quotes rows. */
const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: HOST,
  unix_socket_directories: "",
  max_connections: "50",
  log_error_verbosity: "terse",
  log_checkpoints: "off",
  timezone: "UTC",
};

async function describePlace(dir: string): Promise<Place> {
  const binaries = await locateBinaries();
  const account = await findAccount();
  // Ours alone, but the account must be able to pass through it.
  await chmod(dir, account === null ? 0o700 : 0o711);
  const command = await commandFor(account, [dir, binaries.root]);
  return {
    dir,
    data: join(dir, "data"),
    account,
    initdb: (args) => command(binaries.initdb, args),
    pgCtl: (args) => command(binaries.pgCtl, args),
  };
}

/** The superuser's password, made on the first start and readable by the owner of the home only. */
async function ensurePassword(dir: string): Promise<string> {
  const file = join(dir, "password");
  const known = await readFile(file, "utf8").catch(() => "");
  if (known !== "") return known;
  const password = randomBytes(32).toString("base64url");
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Creates the data directory beside its final place and renames it, so that a start cut short leaves nothing half made. */
async function ensureInitialised({ dir, data, account, initdb }: Place, password: string): Promise<void> {
  if (await exists(data)) return;
  const draft = `${data}.new`;
  const passwordFile = join(dir, "password.init");
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== null) {
    await chown(draft, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  try {
    const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"];
    const access = [`--username=${USER}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    await runCommand(initdb([`--pgdata=${draft}`, ...access, ...locale, "--no-sync", "--no-instructions"]), INIT_MS_MAX);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, data);
}

/** Whether the process in `postmaster.pid` is a PostgreSQL on this directory, not one that got the same number later. */
async function isOurServer(pid: number, data: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  return commandLine === null ? process.platform !== "linux" : commandLine.includes(data);
}

/**
 * Clears what a killed process left: its server is stopped if it still runs; the pid file of one that does not is
 * removed, because PostgreSQL takes any living process with that number for its own. We hold the directory's lock.
 */
async function clearPredecessor({ data, pgCtl }: Place): Promise<void> {
  const file = join(data, "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return;
  const pid = Number(text.split("\n", 1)[0]);
  if (await isOurServer(pid, data))
    await runCommand(pgCtl(["stop", "-D", data, "-m", "fast", "-w"]), START_SECONDS_MAX * 1000).catch(() => {});
  else await rm(file, { force: true });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new TypeError("expected a TCP address");
  return address.port;
}

/** PostgreSQL's own reason from its log: pg_ctl only says that there is one. */
async function reasonFrom(log: string): Promise<string | null> {
  const text = await readFile(log, "utf8").catch(() => "");
  const fatal = text.split("\n").findLast((line) => line.includes("FATAL:"));
  return fatal?.replace(/^.*FATAL:\s*/, "").slice(0, 300) ?? null;
}

/**
 * Starts the server on a free port. Tried again when somebody else took the port in between, or when children of a
 * killed predecessor still hold its shared memory: they notice within a second.
 */
async function startServer(place: Place, wantedPort: number | undefined, attempts = 5): Promise<number> {
  const { data, pgCtl } = place;
  const port = wantedPort ?? (await freePort());
  const settings = Object.entries({ ...SERVER_SETTINGS, port: String(port) }).map(([name, value]) => `-c ${name}='${value}'`);
  const log = join(data, "server.log");
  await rm(log, { force: true });
  const start = pgCtl(["start", "-D", data, "-l", log, "-w", "-t", String(START_SECONDS_MAX), "-s", "-o", settings.join(" ")]);
  try {
    await runCommand(start, (START_SECONDS_MAX + 5) * 1000);
    return port;
  } catch (error) {
    if (attempts > 1) {
      await delay(RETRY_MS);
      return startServer(place, wantedPort, attempts - 1);
    }
    const reason = await reasonFrom(log);
    if (reason === null) throw error;
    throw new BellwetherError("store_unavailable", `expected PostgreSQL to start in ${data}, got: ${reason}`, { retryable: false });
  }
}

/**
 * Stops the server when its input ends: on `stop()`, and also when this process is killed. It leads a process group of
 * its own, so Ctrl-C reaches the services first and they drain before their database goes.
 */
function startGuard({ data, pgCtl }: Place): () => Promise<void> {
  const { file, args, account } = pgCtl(["stop", "-D", data, "-m", "fast", "-w", "-s"]);
  const guard = spawn("/bin/sh", ["-c", 'cat >/dev/null; exec "$0" "$@"', file, ...args], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    ...(account === null ? {} : account),
  });
  guard.unref();
  const ended = once(guard, "exit");
  return async () => {
    guard.ref();
    guard.stdin.end();
    await ended;
  };
}

/**
 * Starts PostgreSQL on a directory of its own, initialising it on first use; on a free port unless one is given. Throws
 * BellwetherError `home_locked` when another process has the directory, `store_unavailable` with PostgreSQL's own first
 * words when it does not start.
 */
export async function startCluster(directory: string, options: { readonly port?: number } = {}): Promise<Cluster> {
  const dir = resolve(directory);
  await mkdir(dir, { recursive: true });
  const lock = await lockDirectory(dir);
  try {
    const place = await describePlace(dir);
    const password = await ensurePassword(dir);
    await ensureInitialised(place, password);
    await clearPredecessor(place);
    const port = await startServer(place, options.port);
    const stopServer = startGuard(place);
    return {
      host: HOST,
      port,
      user: USER,
      password,
      async stop() {
        await stopServer();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
