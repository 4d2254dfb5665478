import { AppError } from "../errors";

/** One wording for every stop that a caller asked for, so that an operation's row reads the same whichever store it used. */
export function cancelledError(cause?: unknown): AppError {
  return new AppError("cancelled", "The transfer was stopped on request; what it had sent so far is not used.", {
    hint: "Start it again when you want it.",
    cause,
  });
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError(signal.reason);
}
