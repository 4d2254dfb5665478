import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { Log } from "../log";
import type { Slots } from "../slots";
import type { CatalogWatch } from "./catalog-watch";
import type { CommitLock } from "./commit-lock";
import { execute } from "./execute";
import { Session } from "./session";
import type { SqlGuard } from "./sql-guard";
import type { TroubleWatch } from "./trouble-watch";
import type { SqlResult, SqlStatement } from "./types";
import type { WriterPause } from "./writer-pause";

export interface TransactionDeps {
  connect(): Promise<DuckDBConnection>;
  guard: SqlGuard;
  catalog: CatalogWatch;
  slots: Slots;
  writers: WriterPause;
  commits: CommitLock;
  trouble: TroubleWatch;
  clock: Clock;
  log: Log;
  walBytes(): number;
  /** Called after each COMMIT that changed something. */
  onCommit(commit: { definition: boolean }): void;
}

interface TransactionOptions {
  access: "read" | "write";
  stop: AbortSignal;
}

interface RunOptions {
  rowLimit: number | null;
  mayAbandon: boolean;
}

export type RunStatement = (statement: SqlStatement, options: RunOptions) => Promise<SqlResult>;

/**
 * Runs `work` in one transaction on a connection of its own: commits when it resolves, rolls back when it throws or is
 * stopped. Errors of the engine come out as AppErrors; what `work` itself throws comes out as it is.
 */
export async function inTransaction<T>(
  deps: TransactionDeps,
  options: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  if (options.access === "write") await deps.writers.pass();
  const mark = deps.catalog.mark();
  const session = new Session({ connection: await deps.connect(), ...deps, stop: options.stop });
  const transaction = new Transaction(deps, session, { access: options.access, mark });
  try {
    await begin(deps, session, options.access);
    const working = work((statement, run) => transaction.run(statement, run));
    try {
      const value = await Promise.race([working, whenStopped(options.stop)]);
      await transaction.end();
      options.stop.throwIfAborted();
      await transaction.finish();
      return value;
    } catch (error) {
      // Work that was stopped may fail later on its own; its caller has already been told why.
      working.catch(() => undefined);
      await transaction.end();
      await transaction.rollBack();
      throw error;
    }
  } finally {
    session.close();
  }
}

/** The first to notice that the engine has given up the database. */
async function begin({ trouble }: TransactionDeps, session: Session, access: "read" | "write"): Promise<void> {
  try {
    await session.control(access === "read" ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION");
  } catch (error) {
    throw trouble.explain(error);
  }
}

class Transaction {
  readonly #deps: TransactionDeps;
  readonly #session: Session;
  readonly #access: "read" | "write";
  #mark: number | null;
  /** Statements of one transaction run one after the other, also when the app does not wait for each. */
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;
  #abandoned = false;
  #changed = false;
  #defined = false;
  #sequences = false;

  constructor(deps: TransactionDeps, session: Session, start: { access: "read" | "write"; mark: number | null }) {
    this.#deps = deps;
    this.#session = session;
    this.#access = start.access;
    this.#mark = start.mark;
  }

  run(statement: SqlStatement, options: RunOptions): Promise<SqlResult> {
    if (this.#ended) {
      const over = new AppError("conflict", "This transaction is over; the statement was not run.", {
        hint: "Wait for every statement before the work of the transaction returns.",
      });
      return Promise.reject(over);
    }
    const running = this.#last.then(() => this.#runNow(statement, options));
    this.#last = running.catch(() => undefined);
    return running;
  }

  async #runNow(statement: SqlStatement, { rowLimit, mayAbandon }: RunOptions): Promise<SqlResult> {
    try {
      const judged = await this.#deps.guard.judge(this.#session, { statement, mark: this.#mark });
      if (this.#access === "read" && judged.kind !== "read") throw readOnly();
      if (judged.kind === "definition") {
        this.#defined = true;
        this.#mark = null;
      }
      if (/nextval/i.test(statement.sql)) this.#sequences = true;
      const params = statement.params ?? [];
      const executed = await execute(this.#session, { judged, params, rowLimit, mayAbandon });
      this.#changed ||= executed.changed;
      this.#abandoned ||= executed.abandoned;
      return executed.result;
    } catch (error) {
      throw this.#deps.trouble.explain(error);
    }
  }

  /** Takes no more statements and waits for the one that runs. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }

  async finish(): Promise<void> {
    if (this.#access === "read" || this.#abandoned) return this.rollBack();
    const walBefore = this.#deps.walBytes();
    const commit = () => this.#deps.commits.end(() => this.#session.control("COMMIT"));
    try {
      await (this.#defined ? this.#deps.catalog.change(commit) : commit());
    } catch (error) {
      throw this.#deps.trouble.explain(error);
    }
    const advanced = this.#sequences && this.#deps.walBytes() !== walBefore;
    if (this.#changed || advanced) this.#deps.onCommit({ definition: this.#defined });
  }

  /** Closing the connection undoes the transaction in any case, so a ROLLBACK that fails is only worth a line. */
  async rollBack(): Promise<void> {
    try {
      const rollBack = () => this.#session.control("ROLLBACK");
      await (this.#access === "write" ? this.#deps.commits.end(rollBack) : rollBack());
    } catch (error) {
      // After a COMMIT that failed the engine has rolled back already.
      if (/no transaction is active/i.test(String(error))) return;
      this.#deps.log.warn({ err: error }, "ROLLBACK failed; closing the connection undoes the transaction");
    }
  }
}

function readOnly(): AppError {
  return new AppError("sql_refused", "This request may only read, and the statement writes; nothing was changed.", {
    hint: "Use a token with the scope sql:write.",
  });
}

function whenStopped(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (stop.aborted) return reject(stop.reason);
    stop.addEventListener("abort", () => reject(stop.reason), { once: true });
  });
}
