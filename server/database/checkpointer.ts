import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { CommitLock } from "./commit-lock";
import type { TroubleWatch } from "./trouble-watch";
import type { WriterPause } from "./writer-pause";

/** The engine cannot replay some ALTERs after a crash, so DDL stays in the WAL no longer than this. */
const AFTER_DEFINITION_MS = 2_000;
/** The engine replays some 4,000 commits a second: more would make a start after a crash slow, however few bytes they are. */
const COMMITS_PER_CHECKPOINT = 20_000;

/** Under load a CHECKPOINT gets through after a few tries at this pace (measured: median 4, at most 43). */
const RETRY_MS = 5;
/** How long new write transactions wait, at most, so that those that are open can end. */
const PAUSE_MS = 250;
/** The first pause comes after so long, each further one after twice the time of the one before. */
const FIRST_PAUSE_AFTER_MS = 250;

export interface Checkpoint {
  at: Date;
  durationMs: number;
}

/** With the longest time that a writer can have waited for it: the longest pause and the CHECKPOINT itself. */
export interface PassedCheckpoint extends Checkpoint {
  writersWaitedMs: number;
}

interface UntilOptions {
  waitMs: number;
  signal?: AbortSignal;
  /** Called after every try that failed. */
  onBlocked?(waitedMs: number): void;
  /** Done right after the checkpoint, before anybody else's can begin. */
  afterwards?(): Promise<void>;
}

interface CheckpointerDeps {
  /** For CHECKPOINT alone. */
  connection: DuckDBConnection;
  writers: WriterPause;
  commits: CommitLock;
  trouble: TroubleWatch;
  walBytes(): number;
  walLimitBytes: number;
  clock: Clock;
}

/** The only place that runs CHECKPOINT; never FORCE CHECKPOINT, which stops all transactions and can deadlock on libuv's threads. */
export class Checkpointer {
  readonly #deps: CheckpointerDeps;
  #running: Promise<unknown> = Promise.resolve();
  #lastAt: Date | null = null;
  #definitionAt: Date | null = null;
  #commits = 0;
  #definitions = 0;
  #closed = false;

  constructor(deps: CheckpointerDeps) {
    this.#deps = deps;
  }

  get lastAt(): Date | null {
    return this.#lastAt;
  }

  /** When the first definition after the last checkpoint was committed. */
  get definitionAt(): Date | null {
    return this.#definitionAt;
  }

  noteCommit({ definition }: { definition: boolean }): void {
    this.#commits += 1;
    if (!definition) return;
    this.#definitions += 1;
    this.#definitionAt ??= this.#deps.clock.now();
  }

  /** How long the timer should try: with twice the limit in the WAL it is time to make writers wait. */
  get patienceMs(): number {
    return this.#deps.walBytes() > 2 * this.#deps.walLimitBytes ? FIRST_PAUSE_AFTER_MS + PAUSE_MS : 0;
  }

  isDue(): boolean {
    const { walBytes, walLimitBytes, clock } = this.#deps;
    if (this.#commits >= COMMITS_PER_CHECKPOINT || walBytes() > walLimitBytes) return true;
    return this.#definitionAt !== null && clock.now().getTime() - this.#definitionAt.getTime() >= AFTER_DEFINITION_MS;
  }

  /** Waits for the one that runs; every later try throws `stopping`. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  /** One CHECKPOINT. Null when another write transaction (or a hold) stands in the way; throws for anything else. */
  #attempt(afterwards?: UntilOptions["afterwards"]): Promise<Checkpoint | null> {
    const attempt = this.#running.then(async () => {
      const checkpoint = await this.#attemptNow();
      if (checkpoint) await afterwards?.();
      return checkpoint;
    });
    this.#running = attempt.catch(() => undefined);
    return attempt;
  }

  /** Tries until it gets through. Null when something stood in the way all of `waitMs`, or the signal aborted. */
  async until({ waitMs, signal, onBlocked, afterwards }: UntilOptions): Promise<PassedCheckpoint | null> {
    const { clock, writers } = this.#deps;
    const startedAt = clock.now().getTime();
    const waited = () => clock.now().getTime() - startedAt;
    const tryUntil = async (endMs: number) => {
      for (;;) {
        if (signal?.aborted) return null;
        const done = await this.#attempt(afterwards);
        if (done) return done;
        onBlocked?.(waited());
        if (waited() >= endMs) return null;
        await clock.sleep(RETRY_MS, signal);
      }
    };
    let pauseAfterMs = FIRST_PAUSE_AFTER_MS;
    let longestPauseMs = 0;
    for (;;) {
      const free = await tryUntil(Math.min(waited() + pauseAfterMs, waitMs));
      if (free) return { ...free, writersWaitedMs: longestPauseMs + free.durationMs };
      if (signal?.aborted || waited() >= waitMs) return null;
      const pausedAt = waited();
      const paused = await writers.during(() => tryUntil(Math.min(waited() + PAUSE_MS, waitMs)));
      const pauseMs = waited() - pausedAt - (paused?.durationMs ?? 0);
      longestPauseMs = Math.max(longestPauseMs, pauseMs);
      if (paused) return { ...paused, writersWaitedMs: longestPauseMs + paused.durationMs };
      pauseAfterMs *= 2;
    }
  }

  async #attemptNow(): Promise<Checkpoint | null> {
    if (this.#closed) throw new AppError("stopping", "The database is closed; no checkpoint was made.");
    const { clock, connection, trouble, commits } = this.#deps;
    const started = clock.now();
    const before = { commits: this.#commits, definitions: this.#definitions };
    try {
      await commits.checkpoint(() => connection.run("CHECKPOINT"));
    } catch (error) {
      if (/Cannot CHECKPOINT/i.test(String(error))) return null;
      throw trouble.checkpointFailed(error);
    }
    const at = clock.now();
    this.#lastAt = at;
    trouble.checkpointDone();
    // What was committed while it waited for its turn, or since it is over, is perhaps not in it.
    this.#commits -= before.commits;
    this.#definitionAt = this.#definitions === before.definitions ? null : at;
    return { at, durationMs: at.getTime() - started.getTime() };
  }
}
