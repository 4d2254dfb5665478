import { AppError } from "../errors";

/** More than this many in line means that something is wrong with the caller: it is told to come back. */
const MAX_QUEUED = 10;

/** Lets one piece of work through at a time, first come first served. */
export class WritingLane {
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  get waiting(): number {
    return this.#waiting;
  }

  /** Throws `too_many_requests` when the line is full: ask before anything is recorded. */
  requireRoom(): void {
    if (this.#waiting < MAX_QUEUED) return;
    throw new AppError(
      "too_many_requests",
      `${MAX_QUEUED} backups are already waiting in line; this one was not added.`,
      {
        hint: "Wait for one of them: the next free place comes when the running backup ends.",
        retryAfterSeconds: 30,
      },
    );
  }

  /** No new work from here on (`stopping`); what runs goes on. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  /** An abort while still in line leaves the line with `cancelled`. `force` is for the stop itself, which closed the lane. */
  async run<T>(work: () => Promise<T>, options: { signal?: AbortSignal; force?: boolean } = {}): Promise<T> {
    if (this.#closed && !options.force) throw stopping();
    const before = this.#tail;
    let leave: () => void = () => undefined;
    this.#tail = new Promise((resolve) => {
      leave = resolve;
    });
    this.#waiting += 1;
    try {
      await Promise.race([before, aborted(options.signal)]);
    } finally {
      this.#waiting -= 1;
      if (options.signal?.aborted) void before.then(leave);
    }
    if (options.signal?.aborted)
      throw new AppError("cancelled", "Cancelled while it was waiting in line. Nothing was begun.");
    try {
      if (this.#closed && !options.force) throw stopping();
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

function stopping(): AppError {
  return new AppError("stopping", "Nestegg is stopping; this run was not begun.", {
    hint: "Try again when it has started.",
    retryAfterSeconds: 10,
  });
}
