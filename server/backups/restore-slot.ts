import type { Caller } from "../control/types";
import { AppError } from "../errors";

/** One restore or undo at a time. Taken before anything is awaited, so that two at the same moment cannot both begin. */
export class RestoreSlot {
  #holder: { who: string; what: string; operationId: string | null } | null = null;
  #ended: Promise<void> = Promise.resolve();
  #begun = new AbortController();
  readonly #looks = new Set<Promise<unknown>>();
  #end: () => void = () => undefined;

  get holder(): Readonly<{ who: string; what: string; operationId: string | null }> | null {
    return this.#holder;
  }

  /** Throws `conflict` naming who runs the other one. */
  take(caller: Caller, what: string): void {
    if (this.#holder) {
      const { who, what: running } = this.#holder;
      throw new AppError("conflict", `${who} is running ${running}; this one was not started.`, {
        hint: "Wait for its end, which the Activity page shows, then look at the data before you start another.",
      });
    }
    this.#holder = { who: caller.actor.name, what, operationId: null };
    this.#begun.abort();
    this.#begun = new AbortController();
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  name(operationId: string): void {
    if (this.#holder) this.#holder.operationId = operationId;
  }

  leave(): void {
    this.#holder = null;
    this.#end();
  }

  /**
   * For reading a file that a run would move: the engine's lock of a reader keeps the run from opening it. Given up when a run
   * begins; null while one is under way.
   */
  async look<T>(work: (begun: AbortSignal) => Promise<T>): Promise<T | null> {
    if (this.#holder) return null;
    const looking = work(this.#begun.signal);
    this.#looks.add(looking);
    try {
      return await looking;
    } finally {
      this.#looks.delete(looking);
    }
  }

  /** Resolves when nobody looks any more. */
  async unwatched(): Promise<void> {
    await Promise.allSettled(this.#looks);
  }

  /** Resolves when nobody is in it. */
  ended(): Promise<void> {
    return this.#ended;
  }
}
