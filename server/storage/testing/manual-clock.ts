import { type Clock, systemClock } from "../../clock";

export interface ManualClock extends Clock {
  /** Moves time, and wakes who slept long enough. */
  advance(ms: number): void;
  /** How long each sleeper still has to sleep. */
  sleepers(): number[];
}

/** Time stands still until it is moved. */
export function createManualClock(): ManualClock {
  let nowMs = Date.now();
  const sleeping = new Set<{ untilMs: number; wake: () => void }>();
  return {
    ...systemClock,
    now: () => new Date(nowMs),
    sleepers: () => [...sleeping].map(({ untilMs }) => untilMs - nowMs),
    advance(ms) {
      nowMs += ms;
      for (const sleeper of [...sleeping]) if (sleeper.untilMs <= nowMs) sleeper.wake();
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleeping.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { untilMs: nowMs + ms, wake };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
  };
}
