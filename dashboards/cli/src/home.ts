import { join, resolve } from "node:path";

/** Where the embedded engines keep their data; one folder per engine. */
export interface HomePaths {
  readonly root: string;
  readonly log: string;
  readonly clickhouse: string;
  readonly postgres: string;
  readonly demo: string;
}

/** `--home`, else BELLWETHER_HOME, else `.bellwether` in the current folder. */
export function homePaths(option: string | undefined, env: Readonly<Record<string, string | undefined>>): HomePaths {
  const root = resolve(option || env.BELLWETHER_HOME || ".bellwether");
  return {
    root,
    log: join(root, "log"),
    clickhouse: join(root, "clickhouse"),
    postgres: join(root, "postgres"),
    demo: join(root, "demo.json"),
  };
}
