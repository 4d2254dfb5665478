import type { Clock } from "../clock";
import { isAppError } from "../errors";
import type { Log } from "../log";
import type { Checkpointer } from "./checkpointer";
import type { TroubleWatch } from "./trouble-watch";

const TICK_MS = 1_000;

interface CheckpointTimerDeps {
  checkpointer: Checkpointer;
  trouble: TroubleWatch;
  /** False while the file is being read, or nobody may write to it. */
  mayRun(): boolean;
  clock: Clock;
  log: Log;
}

/** The checkpoints that nobody asked for: the WAL is folded into the file when that is due and nothing reads it. */
export class CheckpointTimer {
  readonly #deps: CheckpointTimerDeps;
  #ticking: Promise<void> = Promise.resolve();

  constructor(deps: CheckpointTimerDeps) {
    this.#deps = deps;
  }

  /** Resolves when the look that is under way is over. */
  get idle(): Promise<void> {
    return this.#ticking;
  }

  async tickUntil(ended: AbortSignal): Promise<void> {
    for (;;) {
      await this.#deps.clock.sleep(TICK_MS, ended);
      if (ended.aborted) return;
      this.#ticking = this.tick();
      await this.#ticking;
    }
  }

  tick(): Promise<void> {
    const { checkpointer, mayRun } = this.#deps;
    return this.#foldIn(() => (mayRun() && checkpointer.isDue() ? checkpointer.patienceMs : null));
  }

  /** One try, due or not. */
  foldIn(): Promise<void> {
    return this.#foldIn(() => 0);
  }

  /** Null: not now. A failure is no reason to stop: what was committed is in the WAL, and the next look tries again. */
  async #foldIn(patienceMs: () => number | null): Promise<void> {
    const { checkpointer, log, trouble } = this.#deps;
    try {
      const waitMs = patienceMs();
      if (waitMs !== null) await checkpointer.until({ waitMs });
    } catch (error) {
      log.error({ err: error }, "a checkpoint failed; what was committed is safe in the WAL");
      // A look at the WAL's size that fails keeps checkpoints away as well.
      if (!isAppError(error)) trouble.checkpointFailed(error);
    }
  }
}
