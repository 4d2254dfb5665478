import type { Caller } from "../control/types";
import { AppError } from "../errors";

/** One restore or undo at a time. Taken before anything is awaited, so that two at the same moment cannot both begin. */
export class RestoreSlot {
  #holder: { who: string; what: string; operationId: string | null } | null = null;
  #ended: Promise<void> = Promise.resolve();
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

  /** Resolves when nobody is in it. */
  ended(): Promise<void> {
    return this.#ended;
  }
}
