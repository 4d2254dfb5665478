/** Runs work on one key after another; work on different keys runs side by side. */
export interface KeyQueue {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createKeyQueue(): KeyQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      const mine = before.then(work);
      // The tail never rejects: a failed write is its caller's matter, not the next one's.
      const tail = mine.then(
        () => undefined,
        () => undefined,
      );
      tails.set(key, tail);
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      return mine;
    },
  };
}
