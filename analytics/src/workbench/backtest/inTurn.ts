/**
 * Works on up to `atOnce` items at a time and yields the answers in the order of the items. After a failure, or where the reader leaves
 * early, nothing more is begun, and what is under way is waited for.
 */
export async function* inTurn<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  let begun = 0;
  const begin = () => {
    for (const item of items.slice(begun, begun + atOnce - underWay.length)) {
      const answer = work(item);
      // Whoever waits for it in its turn sees the failure; until then it must not count as one nobody handles.
      answer.catch(() => {});
      underWay.push(answer);
      begun += 1;
    }
  };
  try {
    begin();
    while (underWay[0] !== undefined) {
      const answer = await underWay[0];
      underWay.splice(0, 1);
      begin();
      yield answer;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
