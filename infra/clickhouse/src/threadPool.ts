const POOL_DEFAULT = 4;
const POOL_WANTED = 8;

/**
 * Warns once when libuv's pool has its default size: chDB runs each statement on one of its threads, so four slow
 * queries would stop inserts and even file reads. It must be set before the process starts, hence only a warning here.
 */
export function warnWhenPoolIsSmall(): void {
  // biome-ignore lint/style/noProcessEnv: libuv itself reads this variable; there is no other way to learn the size.
  const size = Number(process.env["UV_THREADPOOL_SIZE"] ?? POOL_DEFAULT);
  if (size >= POOL_WANTED) return;
  process.emitWarning(`UV_THREADPOOL_SIZE is ${size}: at most ${size} ClickHouse statements run at once; start with UV_THREADPOOL_SIZE=16`);
}
