import type { Clock } from "../clock";
import type { Log } from "../log";

/** A chore comes round every few seconds: one that fails for days must not fill the log. */
const SAY_AGAIN_MS = 60_000;

/** Never rejects. */
export type Attempt = (name: string, work: () => unknown) => Promise<void>;

/** Runs one chore so that its failure keeps no other from its turn; each is said by its name, at most once a minute. */
export function createAttempt({ clock, log }: { clock: Clock; log: Log }, stopping: AbortSignal): Attempt {
  const saidAt = new Map<string, number>();
  return async (name, work) => {
    if (stopping.aborted) return;
    try {
      await work();
    } catch (error) {
      const now = clock.now().getTime();
      if (Math.abs(now - (saidAt.get(name) ?? Number.NEGATIVE_INFINITY)) < SAY_AGAIN_MS) return;
      saidAt.set(name, now);
      log.warn({ err: error, chore: name }, "a chore failed and is tried again");
    }
  };
}
