/**
 * The outcome of `work`, or a rejection with what `tooLate` makes when that takes longer than `ms`.
 * The work itself goes on; what it comes to then is dropped, so whoever calls has to close what it uses.
 */
export async function within<T>(ms: number, work: Promise<T>, tooLate: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
