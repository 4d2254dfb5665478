import type { Caller } from "./control/types";
import type { BackupState } from "./nestegg";

/** The way back, as every door sees it. Plain data in, plain data out. */
export interface RestoreVerbs {
  /** What a restore of this backup would change, before anything happens. Throws `not_found`. */
  preview(input: { id: string }): Promise<RestorePreview>;
  /**
   * Starts the restore and answers as soon as the run is recorded. Throws `conflict` naming who runs the other one when a
   * restore is under way, `backup_damaged` for a backup that failed its check. While a backup is being made the run waits.
   */
  start(caller: Caller, input: { id: string; withoutSafetyBackup?: boolean }): Promise<{ operationId: string }>;
  /** What an undo would change; null when no replaced database is kept. */
  previewUndo(): Promise<UndoPreview | null>;
  /** Swaps the newest kept database back. Throws `not_found` when there is none, `conflict` as `start` does. */
  undo(caller: Caller, input: { withoutSafetyBackup?: boolean }): Promise<{ operationId: string }>;
  /** Replaced databases that still lie beside the live one, newest first. */
  kept(): Promise<KeptDatabase[]>;
  /** Deletes one by its `name`; what is in no backup is backed up first unless `withoutBackup`. Throws `not_found`. */
  letGo(caller: Caller, input: { name: string; withoutBackup?: boolean }): Promise<{ operationId: string }>;
}

export interface RestorePreview {
  id: string;
  /** ISO 8601 UTC. */
  timestamp: string;
  state: BackupState;
  bytes: number;
  /** Size now, write-ahead log included; 0 when the file is missing. */
  liveBytes: number;
  engine: { duckdb: string; storageVersion: string } | null;
  liveEngine: { duckdb: string; storageVersion: string | null };
  /** Set when the file is of an older storage version than the engine writes: its first write upgrades it. */
  upgradeNote: string | null;
  /** Null: the backup was not opened yet, so its rows are not known; a verification tells them. */
  tables: TableChange[] | null;
  /** `content`: equal counts with other values are found too; `counts`: they are not. `none`: nothing to compare with. */
  compared: "content" | "counts" | "none";
  /** Last committed change of the live database that this server saw; null when none since it opened the file. */
  lastChangeAt: string | null;
  /** Committed transactions since this server opened the file, as far as they came after the backup; null: not known. */
  changesSince: number | null;
  disk: { neededBytes: number; freeBytes: number };
  /** Of the whole run, from what earlier runs took; null until one was measured. */
  estimate: { seconds: number; basis: string } | null;
  /** In the way of a restore now; an empty list means that it can start. */
  blockers: RestoreBlocker[];
  /** Said beside the form, not in the way. */
  notes: string[];
  keepsForDays: number;
}

export interface TableChange {
  schema: string;
  name: string;
  /** Null: there is no such table. */
  liveRows: number | null;
  backupRows: number | null;
  /**
   * `same`: as many rows and, when `compared` is `content`, the same values. `changed`: as many rows, other values.
   * `back`: only in the backup, comes back. `gone`: only in the live database, goes.
   */
  change: "same" | "added" | "removed" | "changed" | "back" | "gone";
  /** Columns that differ, as sentences: "column note VARCHAR goes". Empty when the schema is the same or not known. */
  schemaChanges: string[];
}

export interface RestoreBlocker {
  /** `waits`: the run may be started and waits by itself; `disk`, `damaged`… cannot be started. */
  code: "damaged" | "missing" | "deleting" | "newer-engine" | "disk" | "restore-running" | "waits" | "held" | "folder";
  text: string;
  hint: string | null;
  /** The run that is in the way, when one is. */
  operationId: string | null;
}

export interface UndoPreview {
  kept: KeptDatabase;
  /** Live now against after the undo. Null while the kept file cannot be compared. */
  tables: TableChange[] | null;
  compared: "content" | "counts" | "none";
  /** Transactions committed since the restore: they go, and are kept in a safety backup first. Null: not known. */
  changesSince: number | null;
  lastChangeAt: string | null;
  blockers: RestoreBlocker[];
}

export interface KeptDatabase {
  /** File name beside the live database: `hesocial.duckdb.before-restore-20241230-153000`. */
  name: string;
  /** With its write-ahead log. */
  bytes: number;
  /** When it was replaced; ISO 8601 UTC. */
  replacedAt: string;
  /** What replaced it, in words: "hesocial-manual-20241230-153000.duckdb", or "an undo". */
  replacedBy: string;
  /** The backup it was replaced with; null for an undo. */
  backupId: string | null;
  actor: string;
  operationId: string | null;
  safetyBackupId: string | null;
  /** Holds changes that are in no backup: it is uploaded before it may go. */
  uncovered: boolean;
  /** ISO 8601 UTC: when its retention ends. */
  expiresAt: string;
  /** The one that an undo brings back. */
  newest: boolean;
}

/** A `.duckdb` file that an admin brings, in parts, to become a backup of the type `upload`. */
export interface UploadVerbs {
  /** Throws `disk_full` when there is no room for the whole file. */
  begin(caller: Caller, input: { fileName: string; bytes: number }): Promise<UploadView>;
  /** Throws `not_found`. */
  get(id: string): Promise<UploadView>;
  /** Part `part` (from 0) of `partBytes` bytes, the last one shorter. May be repeated; parts come in any order. */
  putPart(input: { id: string; part: number; body: AsyncIterable<Uint8Array> }): Promise<UploadView>;
  /** Inspects the file and registers it; the run's `backupId` is the new backup. Throws `conflict` while parts are missing. */
  finish(caller: Caller, input: { id: string; note?: string }): Promise<{ operationId: string }>;
  /** Drops it with its bytes. An unknown one is no error. */
  drop(caller: Caller, input: { id: string }): Promise<void>;
}

export interface UploadView {
  id: string;
  fileName: string;
  bytes: number;
  partBytes: number;
  parts: number;
  /** Numbers of the parts that are there, ascending. */
  received: number[];
  startedAt: string;
  operationId: string | null;
}
