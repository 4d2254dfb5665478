import type { Clock } from "../clock";

export interface Throttle {
  /** Fires now, or at the end of the interval; the last call always leads to a firing after it. */
  poke(): void;
  /** Something else has just told all: the interval starts anew and nothing is owed. */
  reset(): void;
}

export function createThrottle(clock: Clock, intervalMs: number, fire: () => void): Throttle {
  let lastAt = Number.NEGATIVE_INFINITY;
  let owed = false;
  let sleeping = false;

  function reset(): void {
    lastAt = clock.now().getTime();
    owed = false;
  }

  async function fireLater(ms: number): Promise<void> {
    sleeping = true;
    await clock.sleep(ms);
    sleeping = false;
    if (owed) poke();
  }

  function poke(): void {
    const since = clock.now().getTime() - lastAt;
    // A clock that was set back must not hold the news for as long as it was ahead.
    if (since >= intervalMs || since < 0) {
      reset();
      fire();
      return;
    }
    owed = true;
    if (!sleeping) void fireLater(intervalMs - since);
  }

  return { poke, reset };
}
