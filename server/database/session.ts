import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import type { Clock } from "../clock";
import type { Slots } from "../slots";

/** An interrupt that arrives before the engine has begun is forgotten by it, so it is repeated until the call returns. */
const INTERRUPT_REPEAT_MS = 20;

interface SessionOptions {
  connection: DuckDBConnection;
  slots: Slots;
  clock: Clock;
  /** Aborts with the AppError that the caller gets. */
  stop: AbortSignal;
}

/** One connection whose every call can be stopped. */
export class Session {
  readonly #connection: DuckDBConnection;
  readonly #slots: Slots;
  readonly #clock: Clock;
  readonly stop: AbortSignal;

  constructor(options: SessionOptions) {
    this.#connection = options.connection;
    this.#slots = options.slots;
    this.#clock = options.clock;
    this.stop = options.stop;
  }

  /** Runs one engine call in a slot. Throws the stop's reason when stopped, whatever the engine then answered. */
  async call<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const leave = await this.#slots.enter(this.stop);
    const settled = new AbortController();
    const interrupt = () => void this.#interruptUntil(settled.signal);
    this.stop.addEventListener("abort", interrupt, { once: true });
    try {
      return await work(this.#connection);
    } finally {
      settled.abort();
      this.stop.removeEventListener("abort", interrupt);
      leave();
      this.stop.throwIfAborted();
    }
  }

  /** BEGIN, COMMIT and ROLLBACK: never queued behind queries, never interrupted half-way. */
  async control(sql: "BEGIN TRANSACTION" | "BEGIN TRANSACTION READ ONLY" | "COMMIT" | "ROLLBACK"): Promise<void> {
    await this.#connection.run(sql);
  }

  /**
   * Ends a stream early; the transaction can then only be rolled back. A stream that has not ended keeps the database's
   * file open even after its connection is closed, and the node-api cannot destroy it: only a fetch that comes back
   * empty, or fails, ends it.
   */
  async abandon(result: DuckDBResult): Promise<void> {
    for (;;) {
      this.#connection.interrupt();
      const chunk = await result.fetchChunk().catch(() => null);
      if (chunk === null || chunk.rowCount === 0) return;
    }
  }

  /** Destroys prepared statements too. Only when nothing runs. */
  close(): void {
    this.#connection.disconnectSync();
  }

  async #interruptUntil(settled: AbortSignal): Promise<void> {
    while (!settled.aborted) {
      this.#connection.interrupt();
      await this.#clock.sleep(INTERRUPT_REPEAT_MS, settled);
    }
  }
}
