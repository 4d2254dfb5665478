import { randomBytes } from "node:crypto";

/** Time and chance, handed in so that tests need neither waiting nor luck. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or at once when the signal aborts. Keeps the process alive: a retry must not be cut off by its pause. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lower-case hexadecimal, two characters a byte. */
  randomHex(bytes: number): string;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
  randomHex: (bytes) => randomBytes(bytes).toString("hex"),
};
