import type { Clock } from "../clock";
import { AppError } from "../errors";

export interface Stop {
  /** Aborts with the AppError that the caller gets. */
  signal: AbortSignal;
  /** Ends the time limit; call it when the work is over. */
  done(): void;
}

interface StopOptions {
  clock: Clock;
  /** The gate's own stop. */
  gate: AbortSignal;
  timeoutMs: number;
  /** The caller went away. */
  caller?: AbortSignal;
}

/** One signal out of the three things that can end a request early. */
export function createStop({ clock, gate, timeoutMs, caller }: StopOptions): Stop {
  const own = new AbortController();
  const over = new AbortController();
  const gone = () =>
    own.abort(
      new AppError(
        "sql_interrupted",
        "The caller went away, so the statement was interrupted and its transaction undone.",
        {
          retryAfterSeconds: 1,
        },
      ),
    );
  if (caller?.aborted) gone();
  else caller?.addEventListener("abort", gone, { once: true, signal: over.signal });
  void clock.sleep(timeoutMs, over.signal).then(() => {
    if (!over.signal.aborted) own.abort(timedOut(timeoutMs));
  });
  return { signal: AbortSignal.any([own.signal, gate]), done: () => over.abort() };
}

function timedOut(timeoutMs: number): AppError {
  return new AppError(
    "sql_timeout",
    `The request took longer than the limit of ${timeoutMs / 1000} s, so it was interrupted and its transaction undone.`,
    {
      hint: "Ask for less at once, add an index, or raise SQL_TIMEOUT_SECONDS.",
      retryAfterSeconds: 1,
    },
  );
}
