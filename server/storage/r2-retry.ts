import type { Clock } from "../clock";
import { cancelledError } from "./cancel";
import type { Failure } from "./r2-errors";

/** What a page waits for: four pauses, about eight seconds in all. */
export const SMALL_REQUEST_ATTEMPTS = 5;
/** What a backup of hours rides out: about three quarters of a minute without a network. */
export const PART_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Told before each pause, so that an operation's log can say why it stands still. */
export type OnRetry = (retry: { attempt: number; waitMs: number; failure: Failure }) => void;

/** Kept by callers whose last word depends on what went before. */
export interface RequestHistory {
  /** An earlier attempt may have reached the store although no answer came back. */
  ambiguous: boolean;
}

interface RetryOptions {
  clock: Clock;
  attempts: number;
  explain(error: unknown): Failure;
  signal?: AbortSignal | undefined;
  history?: RequestHistory | undefined;
  onRetry?: OnRetry | undefined;
  /** How long the whole store still stands still; the next attempt waits for that by itself. */
  sharedPauseMs(): number;
}

/** Repeats what may pass, with growing pauses, and throws the AppError of what will not or of the last attempt. */
export async function withRetries<T>(run: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    if (options.signal?.aborted) throw cancelledError(options.signal.reason);
    try {
      return await run(attempt);
    } catch (error) {
      const failure = options.explain(error);
      if (failure.ambiguous && options.history) options.history.ambiguous = true;
      if (!failure.passing || attempt >= options.attempts) throw failure.error;
      const ownMs = failure.throttled ? 0 : pauseMs(options.clock, attempt, failure.minimumWaitMs);
      options.onRetry?.({ attempt, waitMs: failure.throttled ? options.sharedPauseMs() : ownMs, failure });
      if (ownMs > 0) await pause(options.clock, ownMs, options.signal);
    }
  }
}

/** The clock's own sleep lets a process end; a command or worker between two attempts has nothing else that keeps it. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  const alive = setInterval(() => undefined, LONGEST_PAUSE_MS);
  try {
    await clock.sleep(ms, signal);
  } finally {
    clearInterval(alive);
  }
}

/** Half fixed, half chance: parts that failed together must not come back together. */
export function pauseMs(clock: Clock, attempt: number, minimumMs: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
  const chance = Number.parseInt(clock.randomHex(2), 16) / 0x10000;
  return minimumMs + Math.round(longest * (0.5 + chance / 2));
}
