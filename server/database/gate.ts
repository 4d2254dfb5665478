import type { Clock } from "../clock";
import { AppError } from "../errors";

/** A restore is usually shorter: callers then notice only a pause. */
const WAIT_FOR_RESTORE_MS = 5_000;
/** An ordinary statement ends within milliseconds of its interrupt. */
const INTERRUPT_PATIENCE_MS = 3_000;
/** What a refused caller is told to wait. */
const RETRY_AFTER_SECONDS = 5;

export type CloseReason = "stopping" | "restore";
type Closed = CloseReason | "retired";

/** Counts what runs on the database, keeps new work out while closed, and stops what does not end by itself. */
export class Gate {
  readonly #clock: Clock;
  readonly #running = new Set<AbortController>();
  #closed: Closed | null = null;
  #changed = new AbortController();
  #openings = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get state(): "open" | "closed" {
    return this.#closed === null ? "open" : "closed";
  }

  /** Grows with every `open`: the same number twice means that a closed gate stayed closed. */
  get openings(): number {
    return this.#openings;
  }

  /**
   * Runs `work` as counted. Its signal aborts, with the error for the caller, when the gate needs it to end; work that
   * goes on all the same is no longer waited for.
   */
  async use<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    // No await between the last look and being counted: a close in between would miss this work.
    while (this.#closed !== null) await this.#waitUntilOpen();
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#running.delete(controller);
      if (this.#running.size === 0) this.#announce();
    }
  }

  /** Resolves with how much still runs: some engine calls hear no interrupt for minutes (measured), and a stop cannot wait for them. */
  async close({ drainMs, reason }: { drainMs: number; reason: CloseReason }): Promise<{ stuck: number }> {
    this.#closed = reason;
    this.#announce();
    const drained = new AbortController();
    const timeOut = this.#clock.sleep(drainMs, drained.signal).then(async () => {
      if (drained.signal.aborted) return;
      this.#stopAll(reason);
      await this.#clock.sleep(INTERRUPT_PATIENCE_MS, drained.signal);
      drained.abort();
    });
    while (this.#running.size > 0 && !drained.signal.aborted) await Promise.race([timeOut, this.#nextChange()]);
    drained.abort();
    await timeOut;
    return { stuck: this.#running.size };
  }

  open(): void {
    this.#closed = null;
    this.#openings += 1;
    this.#announce();
  }

  /** For good: what waits, and what comes, is sent to the database that has taken this one's place. */
  retire(): void {
    this.#closed = "retired";
    this.#announce();
  }

  async #waitUntilOpen(): Promise<void> {
    const waited = new AbortController();
    const timeOut = this.#clock.sleep(WAIT_FOR_RESTORE_MS, waited.signal).then(() => waited.abort());
    while (this.#closed === "restore" && !waited.signal.aborted) await Promise.race([timeOut, this.#nextChange()]);
    waited.abort();
    if (this.#closed !== null) throw refusal(this.#closed);
  }

  #stopAll(reason: CloseReason): void {
    const why = reason === "stopping" ? "the server is stopping" : "a restore is replacing the database";
    const error = new AppError(
      "sql_interrupted",
      `The work was interrupted because ${why}; its transaction was undone.`,
      {
        hint: "Send the request again in a few seconds.",
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
    );
    for (const controller of this.#running) controller.abort(error);
  }

  #nextChange(): Promise<void> {
    const { signal } = this.#changed;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  #announce(): void {
    this.#changed.abort();
    this.#changed = new AbortController();
  }
}

function refusal(reason: Closed): AppError {
  if (reason === "retired") {
    return new AppError("database_replaced", "The database was replaced while the request waited; it was not run.", {
      hint: "Send the request again.",
      retryAfterSeconds: 1,
    });
  }
  if (reason === "stopping") {
    return new AppError("stopping", "The server is stopping and takes no new work; the request was not run.", {
      hint: "Send the request again once the server is back.",
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  return new AppError("database_busy", "A restore is replacing the database; the request was not run.", {
    hint: "Send the request again in a few seconds.",
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
