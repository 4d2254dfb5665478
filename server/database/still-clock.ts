import { type Clock, systemClock } from "../clock";

/** A clock for tests on which no second ever passes: timers of a second or more never fire, short pauses do. */
export function stillClock(): Clock {
  return {
    ...systemClock,
    sleep: (ms, signal) => (ms < 1_000 ? systemClock.sleep(ms, signal) : untilAborted(signal)),
  };
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
