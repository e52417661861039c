import { execFile } from "node:child_process";
import { access, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { BellwetherError } from "@bellwether/contracts/errors";

const run = promisify(execFile);

/** The account PostgreSQL's programs run under. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A command line, and the account the child process takes on (none: our own). */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly account: Account | null;
}

/**
 * PostgreSQL refuses to run as root. Then an existing account without privileges is used: `postgres`, else `nobody`;
 * none is created. Null: we are not root and stay who we are.
 */
export async function findAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n").map((line) => line.split(":"));
  const entry = lines.find(([name]) => name === "postgres") ?? lines.find(([name]) => name === "nobody");
  const [uid, gid] = [Number(entry?.[2]), Number(entry?.[3])];
  if (entry === undefined || !(uid > 0)) {
    throw new BellwetherError(
      "store_unavailable",
      "PostgreSQL refuses to run as root, and there is no account 'postgres' or 'nobody': run as an ordinary user, or set DATABASE_URL",
      { retryable: false },
    );
  }
  return { uid, gid };
}

/** Whether the account may pass through every folder above (and including) the path. */
async function canReach(path: string, account: Account): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function findSetpriv(): Promise<string | null> {
  for (const path of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}

/**
 * Returns how to start programs so that `paths` are reachable for them. Where a folder above is closed to the account
 * (a home below /root, a private temporary directory), the account is lent the right to pass closed folders
 * (CAP_DAC_OVERRIDE, ambient) rather than changing the mode of folders that are not ours.
 */
export async function commandFor(
  account: Account | null,
  paths: readonly string[],
): Promise<(file: string, args: readonly string[]) => Command> {
  if (account === null) return (file, args) => ({ file, args, account: null });
  const reachable = await Promise.all(paths.map((path) => canReach(path, account)));
  if (!reachable.includes(false)) return (file, args) => ({ file, args, account });
  const setpriv = await findSetpriv();
  if (setpriv === null) {
    const closed = paths[reachable.indexOf(false)];
    const text = `PostgreSQL refuses to run as root, and uid ${account.uid} cannot enter ${closed}: choose a home outside private folders, run as an ordinary user, or set DATABASE_URL`;
    throw new BellwetherError("store_unavailable", text, { retryable: false });
  }
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups"];
  const rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"];
  return (file, args) => ({ file: setpriv, args: [...identity, ...rights, "--", file, ...args], account: null });
}

/** Runs a command to its end; rejects with its own first words when it fails. */
export async function runCommand({ file, args, account }: Command, timeoutMs: number): Promise<string> {
  try {
    const { stdout } = await run(file, [...args], {
      timeout: timeoutMs,
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin", TZ: "UTC" },
      ...(account === null ? {} : account),
    });
    return stdout;
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    const message = error instanceof Error ? error.message : String(error);
    const [said = ""] = (stderr || message).split("\n", 1);
    throw new BellwetherError("store_unavailable", `expected PostgreSQL to start, got: ${said.slice(0, 300)}`, { retryable: false });
  }
}
