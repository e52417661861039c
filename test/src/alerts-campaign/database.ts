import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import { type Cluster, startCluster } from "@bellwether/postgres/cluster";
import { migrate } from "@bellwether/postgres/migrate";
import { openPostgres, type Postgres } from "@bellwether/postgres/open";

/** A PostgreSQL that can be restarted, in order or as by a crash, at the same address. */
export interface CampaignDatabase {
  readonly url: string;
  readonly db: Postgres;
  /** Ends the server and starts it again; with `isKilled` as by a power cut. */
  restart(isKilled: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function startDatabase(dir: string): Promise<CampaignDatabase> {
  let cluster: Cluster = await startCluster(dir);
  const { host, port, user, password } = cluster;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
  const db = await openPostgres({ kind: "server", url });
  await migrate(db);
  return {
    url,
    db,
    async restart(isKilled) {
      if (isKilled) process.kill(await readPid(dir), "SIGKILL");
      await cluster.stop();
      cluster = await startCluster(dir, { port });
    },
    async stop() {
      await db.close();
      await cluster.stop();
    },
  };
}

async function readPid(dir: string): Promise<number> {
  return Number((await readFile(join(dir, "data", "postmaster.pid"), "utf8")).split("\n", 1)[0]);
}

/** Asks again while the database is away. */
export async function whenThere<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof BellwetherError && error.retryable)) throw error;
      await delay(100);
    }
  }
}
