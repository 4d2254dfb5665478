/**
 * Bounds how many statements run inside the engine at once. Every DuckDB call occupies one of libuv's threads (4 by
 * default) until it returns: without a bound, long queries would leave no thread for the COMMIT, ROLLBACK, CHECKPOINT
 * and hold statements, which therefore never pass through here.
 */
export interface Slots {
  /** Resolves with the function that gives the slot back. Rejects with the signal's reason when that aborts first. */
  enter(stop: AbortSignal): Promise<() => void>;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const queue: (() => void)[] = [];

  function leaver(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = queue.shift();
      if (next) next();
      else free += 1;
    };
  }

  return {
    enter: (stop) =>
      new Promise((resolve, reject) => {
        if (stop.aborted) return reject(stop.reason);
        if (free > 0) {
          free -= 1;
          return resolve(leaver());
        }
        const take = () => {
          stop.removeEventListener("abort", giveUp);
          resolve(leaver());
        };
        const giveUp = () => {
          queue.splice(queue.indexOf(take), 1);
          reject(stop.reason);
        };
        queue.push(take);
        stop.addEventListener("abort", giveUp, { once: true });
      }),
  };
}
