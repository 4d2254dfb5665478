import type { LiveTable } from "./live-contents";

/** JSON-safe values as DuckDB's own JSON converters give them; docs/sql.md says how each SQL type looks. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export type SqlParameter = string | number | boolean | null;

export interface SqlStatement {
  sql: string;
  params?: SqlParameter[];
}

export interface SqlResult {
  columns: { name: string; type: string }[];
  rows: JsonValue[][];
  /** Rows returned, or changed by INSERT, UPDATE, DELETE and MERGE. */
  rowCount: number;
  /** True when the row limit cut the result. */
  truncated?: boolean;
}

export interface SqlRequest {
  /** All run in one transaction, in order; one failure undoes all. */
  statements: SqlStatement[];
  /** `read` runs in a read-only transaction. */
  access: "read" | "write";
  rowLimit: number;
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * The one owner of the live file. Everything that touches the data goes through its gate.
 * Only this object (DuckDB) opens the file in this process: one other open+close would drop DuckDB's lock.
 */
export interface LiveDatabase {
  readonly path: string;
  /** Base name without `.duckdb`: the `<db>` of every id. */
  readonly name: string;

  /** The door for the network: judged by the guard, limited in rows and time. Errors: `sql_*`, `database_busy`, `stopping`. */
  query(request: SqlRequest): Promise<SqlResult[]>;

  /** The door for app code in this process: one statement with values; passes the same guard. */
  run(sql: string, params?: SqlParameter[]): Promise<SqlResult>;

  /** Runs `work` in one transaction: commits when it resolves, rolls back when it throws (and throws the same error). */
  transaction<T>(work: (sql: (text: string, params?: SqlParameter[]) => Promise<SqlResult>) => Promise<T>): Promise<T>;

  /**
   * Checkpoints and puts the hold in place: from then until `release`, the bytes of the main file that belong to this
   * moment do not change, while writers go on. One at a time; a second call waits for the first to be released.
   * Everything committed before the call is in; nothing committed after it returned is. Throws `checkpoint_blocked`
   * when some transaction stands in the way longer than `waitMs` (`onWaiting` hears of it after a second), `cancelled`
   * on abort. Writers wait at most for one pause of at most 250 ms and one CHECKPOINT; `checkpointMs` is what it came to.
   */
  takeSnapshot(options: SnapshotOptions): Promise<Snapshot>;

  statistics(): Promise<DatabaseStatistics>;

  /**
   * Every table with its rows and columns, and with `values` the digest of all it holds, which reads the whole database.
   * Throws `sql_timeout` after `timeoutMs`.
   */
  contents(options: { values: boolean; timeoutMs: number; signal?: AbortSignal }): Promise<LiveTable[]>;

  /** Cheap facts without a query, for health and polling. */
  pulse(): DatabasePulse;

  /**
   * Lets no new work in (`stopping` or `database_busy`), waits for running work up to `drainMs`, then interrupts it.
   * Resolves when nothing runs any more, or with the number of statements that did not end on their interrupt: the database
   * can then be read and checkpointed, but not closed in this process.
   */
  closeGate(options: { drainMs: number; reason: "stopping" | "restore" }): Promise<{ stuck: number }>;
  openGate(): void;

  /** Another instance has taken this one's place: who waits at the closed gate gets `database_replaced`, and asks that one. */
  retire(): void;

  /** Closes every statement, result, connection and the instance, and checks that no descriptor of the file is left. */
  close(): Promise<void>;
}

export interface SnapshotOptions {
  signal?: AbortSignal;
  waitMs: number;
  /** With the gate closed nobody writes: no hold is needed, none is taken. */
  gateClosed?: boolean;
  onWaiting?(blockedSince: Date): void;
}

export interface Snapshot {
  /** After the checkpoint: the instant that the copy shows. */
  takenAt: Date;
  /** The longest that a writer can have waited for this snapshot: its longest pause for writers plus its CHECKPOINT. */
  checkpointMs: number;
  /** WAL bytes written since the checkpoint: what the hold keeps from being folded in. */
  walBytes(): number;
  /** Set once DDL was seen since the checkpoint (replaying some ALTERs is broken, so the hold must not last long after). */
  ddlSince(): Date | null;
  /** False once a checkpoint may have happened since: what was read is no snapshot, throw it away. Keeps its word after `release`. */
  held(): boolean;
  /** Lets checkpoints happen again. May be repeated. */
  release(): Promise<void>;
}

export interface DatabasePulse {
  fileBytes: number;
  walBytes: number;
  lastCheckpointAt: Date | null;
  /** Last committed change that this process saw; null when none since it opened the file. */
  lastChangeAt: Date | null;
  /** Committed transactions that changed something since the file was opened. */
  changes: number;
  snapshotHeld: boolean;
  gate: "open" | "closed";
  /** Set when the database as a whole does not work any more, not only somebody's statement. */
  trouble: DatabaseTrouble | null;
}

/**
 * Either the engine has given the open database up (every statement fails; only a restart helps), or no checkpoint has
 * succeeded for over a minute although no transaction stood in the way (that one goes away with the next that succeeds).
 */
export interface DatabaseTrouble {
  message: string;
  since: Date;
}

export interface DatabaseStatistics extends DatabasePulse {
  engineVersion: string;
  storageVersion: string;
  /** `estimated`: the table is so big that its rows were not counted; deleted rows may then be among them. */
  tables: { schema: string; name: string; rows: number; columns: number; estimated?: true }[];
}

/** Why a file could not be opened; the dashboard starts all the same and shows it. */
export interface DatabaseFault {
  reason: "held" | "not-duckdb" | "newer-engine" | "damaged" | "wal-damaged" | "missing" | "no-permission" | "unknown";
  message: string;
  hint: string;
}
