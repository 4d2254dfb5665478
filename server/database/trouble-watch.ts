import type { Clock } from "../clock";
import type { AppError } from "../errors";
import { toSqlError } from "./sql-errors";
import type { DatabaseTrouble } from "./types";

/** A checkpoint may fail once or twice while a disk is short of space; after that a person should know. */
const CHECKPOINTS_FAILING_MS = 60_000;
/** After it the engine refuses everything until the file is opened anew. Anchored: a caller's own text may hold these words. */
const FATAL = /^(TransactionContext Error: Failed to commit: )?FATAL Error/;

/** Remembers what the engine said that a single caller's error does not tell: that nothing will work any more. */
export class TroubleWatch {
  readonly #deps: { databasePath: string; clock: Clock };
  #fatal: DatabaseTrouble | null = null;
  #failing: { since: Date; last: Date; message: string } | null = null;

  constructor(deps: { databasePath: string; clock: Clock }) {
    this.#deps = deps;
  }

  get current(): DatabaseTrouble | null {
    if (this.#fatal) return this.#fatal;
    if (!this.#failing) return null;
    const { since, last, message } = this.#failing;
    if (last.getTime() - since.getTime() < CHECKPOINTS_FAILING_MS) return null;
    return {
      since,
      message: `No checkpoint succeeds any more: what is committed is safe, but stays in the write-ahead log, which grows. ${message}`,
    };
  }

  /** The error for the caller, whatever the engine threw. */
  explain(error: unknown): AppError {
    const explained = toSqlError(error, this.#deps.databasePath);
    if (!(error instanceof Error && FATAL.test(error.message))) return explained;
    this.#fatal ??= { since: this.#deps.clock.now(), message: firstLine(explained.message) };
    return explained;
  }

  /** Not for a checkpoint that other transactions kept away. */
  checkpointFailed(error: unknown): AppError {
    const explained = this.explain(error);
    const now = this.#deps.clock.now();
    this.#failing = { since: this.#failing?.since ?? now, last: now, message: firstLine(explained.message) };
    return explained;
  }

  checkpointDone(): void {
    this.#failing = null;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
