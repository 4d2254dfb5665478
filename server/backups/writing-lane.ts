import { AppError } from "../errors";

/** Lets one piece of work through at a time, first come first served. */
export class WritingLane {
  #tail: Promise<void> = Promise.resolve();
  #closed = false;

  /** No new work from here on (`stopping`); what runs goes on. */
  close(): void {
    this.#closed = true;
  }

  /** An abort while still in line leaves the line with `cancelled`. `force` is for the stop itself, which closed the lane. */
  async run<T>(work: () => Promise<T>, options: { signal?: AbortSignal; force?: boolean } = {}): Promise<T> {
    if (this.#closed && !options.force) throw stoppingError();
    const before = this.#tail;
    let leave: () => void = () => undefined;
    this.#tail = new Promise((resolve) => {
      leave = resolve;
    });
    try {
      await Promise.race([before, aborted(options.signal)]);
    } finally {
      if (options.signal?.aborted) void before.then(leave);
    }
    if (options.signal?.aborted)
      throw new AppError("cancelled", "Cancelled while it was waiting in line. Nothing was begun.");
    try {
      if (this.#closed && !options.force) throw stoppingError();
      return await work();
    } finally {
      leave();
    }
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** What a caller that waits is told when a stop comes before its turn, or in the middle of it. */
export function stoppingError(): AppError {
  return new AppError("stopping", "Nestegg is stopping; this run was not finished and nothing of it is listed.", {
    hint: "Try again when it has started.",
    retryAfterSeconds: 10,
  });
}
