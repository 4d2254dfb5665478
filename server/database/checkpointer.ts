import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../clock";
import type { Log } from "../log";
import { toSqlError } from "./sql-errors";

/** The engine cannot replay some ALTERs after a crash, so DDL stays in the WAL no longer than this. */
const AFTER_DEFINITION_MS = 2_000;
/** The engine replays some 4,000 commits a second: more would make a start after a crash slow, however few bytes they are. */
const COMMITS_PER_CHECKPOINT = 20_000;

interface CheckpointerDeps {
  databasePath: string;
  /** For CHECKPOINT alone. */
  connection: DuckDBConnection;
  walBytes(): number;
  walLimitBytes: number;
  clock: Clock;
  log: Log;
}

/** The only place that runs CHECKPOINT; never FORCE CHECKPOINT, which stops all transactions and can deadlock on libuv's threads. */
export class Checkpointer {
  readonly #deps: CheckpointerDeps;
  #running: Promise<unknown> = Promise.resolve();
  #lastAt: Date | null = null;
  #definitionAt: Date | null = null;
  #commits = 0;
  #definitions = 0;

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

  isDue(): boolean {
    const { walBytes, walLimitBytes, clock } = this.#deps;
    if (this.#commits >= COMMITS_PER_CHECKPOINT || walBytes() > walLimitBytes) return true;
    return this.#definitionAt !== null && clock.now().getTime() - this.#definitionAt.getTime() >= AFTER_DEFINITION_MS;
  }

  /** One CHECKPOINT. Null when another write transaction (or a hold) stands in the way; throws for anything else. */
  attempt(): Promise<{ durationMs: number } | null> {
    const attempt = this.#running.then(() => this.#attemptNow());
    this.#running = attempt.catch(() => undefined);
    return attempt;
  }

  async #attemptNow(): Promise<{ durationMs: number } | null> {
    const { clock, connection, databasePath } = this.#deps;
    const started = clock.now();
    const before = { commits: this.#commits, definitions: this.#definitions };
    try {
      await connection.run("CHECKPOINT");
    } catch (error) {
      if (/Cannot CHECKPOINT/i.test(String(error))) return null;
      throw toSqlError(error, databasePath);
    }
    this.#lastAt = clock.now();
    // What was committed while it ran is perhaps not in it.
    this.#commits -= before.commits;
    this.#definitionAt = this.#definitions === before.definitions ? null : this.#lastAt;
    return { durationMs: this.#lastAt.getTime() - started.getTime() };
  }
}
