import { migrate as migrateStore } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TOPICS } from "@bellwether/contracts/topics";
import { migrate as migratePostgres } from "@bellwether/postgres/migrate";
import { openPostgres, type Postgres } from "@bellwether/postgres/open";
import { kafkaOptions } from "@bellwether/runtime/log/kafka/config";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { RecordLog } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import { readPem, readSecret } from "@bellwether/runtime/secretFiles";
import type { PlatformConfig } from "./config.ts";
import type { HomePaths } from "./home.ts";

/** The three engines, migrated and ready; embedded in the home unless the configuration names a server. */
export interface Platform {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly db: Postgres;
  /** Closes in reverse order of opening. */
  close(): Promise<void>;
}

/** Partitions of the topics this process creates; existing topics keep theirs. */
const PARTITIONS = 4;

/** Opens the engines in order; what opened is closed again when a later one fails. */
export async function openPlatform(config: PlatformConfig, home: HomePaths, logger: Logger): Promise<Platform> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const log = await openLog(logConfig(config, home), { logger });
    closers.push(() => log.close());
    const store = await openStore(storeConfig(config, home));
    closers.push(() => store.close());
    const db = await openPostgres(postgresConfig(config, home));
    closers.push(() => db.close());
    await migrateStore(store);
    await migratePostgres(db);
    await log.ensureTopics(Object.values(TOPICS).map((topic) => ({ topic, partitions: PARTITIONS })));
    return { log, store, db, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export function logConfig(config: PlatformConfig, home: HomePaths): Parameters<typeof openLog>[0] {
  const kafka = kafkaOptions(config, Date.now);
  return kafka === null ? { kind: "embedded", dir: home.log } : { kind: "kafka", ...kafka };
}

export function storeConfig(config: PlatformConfig, home: HomePaths): Parameters<typeof openStore>[0] {
  if (config.clickhouseUrl === undefined) return { kind: "embedded", dir: home.clickhouse };
  return {
    kind: "server",
    url: config.clickhouseUrl,
    user: config.clickhouseUser,
    password: readSecret("CLICKHOUSE_PASSWORD", config.clickhousePassword, config.clickhousePasswordFile) ?? "",
    database: config.clickhouseDatabase,
    cluster: config.clickhouseCluster,
    tls: {
      ca: readPem("CLICKHOUSE_SSL_CA", config.clickhouseSslCa),
      cert: readPem("CLICKHOUSE_SSL_CERT", config.clickhouseSslCert),
      key: readPem("CLICKHOUSE_SSL_KEY", config.clickhouseSslKey),
    },
  };
}

export function postgresConfig(config: PlatformConfig, home: HomePaths): Parameters<typeof openPostgres>[0] {
  return config.postgresUrl === undefined ? { kind: "embedded", dir: home.postgres } : { kind: "server", url: config.postgresUrl };
}
