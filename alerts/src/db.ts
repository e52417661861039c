import type { z } from "zod";

/** What this workspace needs of PostgreSQL; the pool and a running transaction both provide it. */
export interface Queryable {
  query<T>(sql: string, params: readonly unknown[], row: z.ZodType<T>): Promise<T[]>;
}

export interface Database extends Queryable {
  /** Commits when `run` resolves and rolls back when it rejects. */
  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
}
