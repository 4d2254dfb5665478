import type { Clock } from "../clock";
import { cancelledError } from "./cancel";
import { pauseMs as growingPauseMs, pause } from "./r2-retry";

/** After so many parts without a complaint one more is tried at once: slow up, fast down, as networks do it. */
const SUCCESSES_PER_STEP = 10;

export interface R2Pacing {
  /** Waits until the store may be asked again and, for a part, until there is room for one more. */
  enter(request: { isPart: boolean; signal?: AbortSignal | undefined }): Promise<PacedRequest>;
  /** What is left of the pause in which nothing is sent; 0 when there is none. */
  pauseLeftMs(): number;
}

/** One request under way. `leave` comes last, and once. */
export interface PacedRequest {
  succeeded(): void;
  /** The store asked for fewer requests: everybody stands still for at least `minimumMs`, then half as many parts go at once. */
  throttled(minimumMs: number, attempt: number): void;
  leave(): void;
}

/** One pace for all requests of a store: eight parts that each back off by themselves would still be a storm of eight. */
export function createR2Pacing(clock: Clock): R2Pacing {
  let pausedUntilMs = 0;
  let pauseMs = 0;
  let partsAtOnce = Number.POSITIVE_INFINITY;
  let partsUnderWay = 0;
  let successes = 0;
  /** Counts the complaints that were acted on: those of one burst are one. */
  let round = 0;
  /** Complaints since something last went well. */
  let complaints = 0;
  const waiting = new Set<() => void>();

  const nowMs = () => clock.now().getTime();
  // A clock that is set back must not make the pause longer than it was meant.
  const pauseLeftMs = () => Math.max(0, Math.min(pausedUntilMs - nowMs(), pauseMs));

  function prolongPause(ms: number): void {
    if (ms <= pauseLeftMs()) return;
    pausedUntilMs = nowMs() + ms;
    pauseMs = ms;
  }

  function wakeAll(): void {
    for (const wake of waiting) wake();
  }

  async function waitForPause(signal: AbortSignal | undefined): Promise<void> {
    const until = pausedUntilMs;
    await pause(clock, pauseLeftMs(), signal);
    // The sleep is the pause, whatever the clock shows after it.
    if (!signal?.aborted && pausedUntilMs === until) pausedUntilMs = 0;
  }

  function waitForRoom(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  return {
    pauseLeftMs,
    async enter({ isPart, signal }) {
      for (;;) {
        if (signal?.aborted) throw cancelledError(signal.reason);
        if (pauseLeftMs() > 0) await waitForPause(signal);
        else if (isPart && partsUnderWay >= partsAtOnce) await waitForRoom(signal);
        else break;
      }
      if (isPart) partsUnderWay += 1;
      const mine = round;
      return {
        succeeded() {
          if (mine === round) complaints = 0;
          if (!isPart) return;
          successes += 1;
          if (successes % SUCCESSES_PER_STEP !== 0) return;
          partsAtOnce += 1;
          wakeAll();
        },
        throttled(minimumMs, attempt) {
          if (mine !== round) {
            // Sent before the last complaint was heard; only a longer wish of the store is news.
            prolongPause(minimumMs);
            return;
          }
          round += 1;
          complaints += 1;
          successes = 0;
          prolongPause(growingPauseMs(clock, Math.max(attempt, complaints), minimumMs));
          // Nobody knows how many were too many when no part was under way.
          const atOnce = partsUnderWay > 0 ? Math.min(partsAtOnce, partsUnderWay) : partsAtOnce;
          partsAtOnce = Math.max(1, Math.floor(atOnce / 2));
        },
        leave() {
          if (isPart) partsUnderWay -= 1;
          wakeAll();
        },
      };
    },
  };
}
