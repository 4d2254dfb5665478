import { statSync } from "node:fs";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { Log } from "../log";
import { createSlots, type Slots } from "../slots";
import { CatalogWatch } from "./catalog-watch";
import { CheckpointTimer } from "./checkpoint-timer";
import { Checkpointer } from "./checkpointer";
import { CommitLock } from "./commit-lock";
import { openDescriptors } from "./descriptors";
import { Gate } from "./gate";
import { readLiveContents } from "./live-contents";
import { openInstance } from "./open-instance";
import { Session } from "./session";
import { Snapshots } from "./snapshots";
import { SqlGuard } from "./sql-guard";
import { readStatistics } from "./statistics";
import { createStop } from "./stop-signal";
import { inTransaction, type RunStatement, type TransactionDeps } from "./transaction";
import { TroubleWatch } from "./trouble-watch";
import type { DatabasePulse, LiveDatabase, SqlRequest, SqlResult } from "./types";
import { WriterPause } from "./writer-pause";

export interface LiveDatabaseOptions {
  path: string;
  name: string;
  /** Of a new file, such as "v1.5.0"; an existing one keeps its own. */
  storageVersion: string;
  walLimitBytes: number;
  clock: Clock;
  log: Log;
  /** Two below the number of libuv's threads (4 by default): a CHECKPOINT needs one, a COMMIT must always find one. */
  concurrentStatements?: number;
}

export interface OpenedDatabase extends LiveDatabase {
  /** One look at whether a checkpoint is due, as it happens every second. */
  tick(): Promise<void>;
}

const CONCURRENT_STATEMENTS = 2;
/** After that something holds on to the file that will not let go. */
const CLOSE_PATIENCE_MS = 3_000;

/** Opens the file and takes it over. Rejects with the engine's own error, and then has left nothing open. */
export async function openLiveDatabase(options: LiveDatabaseOptions): Promise<OpenedDatabase> {
  const instance = await openInstance(options.path, options.storageVersion);
  try {
    const keeper = await instance.connect();
    const functions = await keeper.run(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table'",
    );
    const tableFunctions = new Set((await functions.getRowsJson()).map(([name]) => String(name)));
    const live = new Live(options, instance, { keeper, tableFunctions });
    live.startTicking();
    return live;
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

class Live implements OpenedDatabase {
  readonly path: string;
  readonly name: string;
  readonly #clock: Clock;
  readonly #instance: DuckDBInstance;
  readonly #keeper: DuckDBConnection;
  readonly #gate: Gate;
  readonly #trouble: TroubleWatch;
  readonly #slots: Slots;
  readonly #checkpointer: Checkpointer;
  readonly #snapshots: Snapshots;
  readonly #timer: CheckpointTimer;
  readonly #transactions: TransactionDeps;
  readonly #ending = new AbortController();
  #lastChangeAt: Date | null = null;
  #changes = 0;

  constructor(
    options: LiveDatabaseOptions,
    instance: DuckDBInstance,
    { keeper, tableFunctions }: { keeper: DuckDBConnection; tableFunctions: ReadonlySet<string> },
  ) {
    const { path, name, clock, log, walLimitBytes } = options;
    this.path = path;
    this.name = name;
    this.#clock = clock;
    this.#instance = instance;
    this.#keeper = keeper;
    this.#gate = new Gate(clock);
    this.#trouble = new TroubleWatch({ databasePath: path, clock });
    this.#slots = createSlots(options.concurrentStatements ?? CONCURRENT_STATEMENTS);
    const connect = () => instance.connect();
    // stat is safe; opening and closing the file in this process would drop DuckDB's lock on it.
    const walBytes = () => fileBytes(`${path}.wal`);
    const shared = { trouble: this.#trouble, connect, walBytes, clock, log };
    const writers = new WriterPause();
    const commits = new CommitLock();
    this.#checkpointer = new Checkpointer({ ...shared, connection: keeper, writers, commits, walLimitBytes });
    this.#snapshots = new Snapshots({ ...shared, checkpointer: this.#checkpointer, gate: this.#gate });
    const mayRun = () => !this.#snapshots.busy && this.#gate.state !== "closed";
    this.#timer = new CheckpointTimer({ ...shared, checkpointer: this.#checkpointer, mayRun });
    const catalog = new CatalogWatch();
    const guard = new SqlGuard({ tableFunctions, catalog });
    const onCommit = (commit: { definition: boolean }) => this.#noteCommit(commit);
    this.#transactions = { ...shared, catalog, guard, writers, commits, slots: this.#slots, onCommit };
  }

  query({ statements, access, rowLimit, timeoutMs, signal }: SqlRequest): Promise<SqlResult[]> {
    return this.#gate.use(async (gate) => {
      const stop = createStop({ clock: this.#clock, gate, timeoutMs, caller: signal });
      const last = statements.length - 1;
      try {
        return await inTransaction(this.#transactions, { access, stop: stop.signal }, async (run) => {
          const results: SqlResult[] = [];
          for (const [index, statement] of statements.entries()) {
            const mayAbandon = index === last && (access === "read" || last === 0);
            results.push(await run(statement, { rowLimit, mayAbandon }));
          }
          return results;
        });
      } finally {
        stop.done();
      }
    });
  }

  run: LiveDatabase["run"] = (sql, params) => this.transaction((execute) => execute(sql, params));

  transaction: LiveDatabase["transaction"] = (work) =>
    this.#gate.use((stop) =>
      inTransaction(this.#transactions, { access: "write", stop }, (run: RunStatement) =>
        work((sql, params) => run({ sql, params }, { rowLimit: null, mayAbandon: false })),
      ),
    );

  takeSnapshot: LiveDatabase["takeSnapshot"] = (options) => this.#snapshots.take(options);

  statistics: LiveDatabase["statistics"] = () =>
    this.#gate.use((stop) => this.#look(stop, (session) => readStatistics(session, () => this.pulse())));

  contents: LiveDatabase["contents"] = ({ values, timeoutMs, signal }) =>
    this.#gate.use(async (gate) => {
      const stop = createStop({ clock: this.#clock, gate, timeoutMs, caller: signal });
      try {
        return await this.#look(stop.signal, (session) => readLiveContents(session, { values }));
      } finally {
        stop.done();
      }
    });

  pulse(): DatabasePulse {
    return {
      fileBytes: fileBytes(this.path),
      walBytes: fileBytes(`${this.path}.wal`),
      lastCheckpointAt: this.#checkpointer.lastAt,
      lastChangeAt: this.#lastChangeAt,
      changes: this.#changes,
      snapshotHeld: this.#snapshots.busy,
      gate: this.#gate.state,
      trouble: this.#trouble.current,
    };
  }

  closeGate: LiveDatabase["closeGate"] = (options) => this.#gate.close(options);

  openGate(): void {
    if (!this.#ending.signal.aborted) this.#gate.open();
  }

  retire(): void {
    this.#gate.retire();
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return this.#confirmClosed();
    this.#ending.abort();
    if (this.#gate.state === "open") await this.#gate.close({ drainMs: 0, reason: "stopping" });
    await this.#timer.idle;
    await this.#snapshots.releaseHeld();
    // closeSync would fold in the WAL on the main thread and so freeze the process; this does it on another one.
    await this.#timer.foldIn();
    await this.#checkpointer.close();
    this.#keeper.disconnectSync();
    this.#instance.closeSync();
    await this.#confirmClosed();
  }

  /** Reading of our own, on a connection that goes with it. */
  async #look<T>(stop: AbortSignal, read: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    const session = new Session({ connection, slots: this.#slots, clock: this.#clock, stop });
    try {
      return await read(session);
    } catch (error) {
      throw this.#trouble.explain(error);
    } finally {
      session.close();
    }
  }

  startTicking(): void {
    void this.#timer.tickUntil(this.#ending.signal);
  }

  tick(): Promise<void> {
    return this.#timer.tick();
  }

  #noteCommit(commit: { definition: boolean }): void {
    this.#changes += 1;
    this.#lastChangeAt = this.#clock.now();
    this.#checkpointer.noteCommit(commit);
  }

  async #confirmClosed(): Promise<void> {
    const open = await openDescriptors(this.path, { clock: this.#clock, patienceMs: CLOSE_PATIENCE_MS });
    if (open.length === 0) return;
    throw new AppError(
      "database_unusable",
      `The database was closed, but ${open.length} of its files could not be let go by this process. What was committed is safe.`,
      { hint: "Restart Nestegg before anything replaces or opens the file.", cause: open },
    );
  }
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
