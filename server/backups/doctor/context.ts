import type { BackupContext } from "../context";

/** What every door has; the command line on an empty machine has no more than this. */
export type DoctorContext = Pick<
  BackupContext,
  | "databaseName"
  | "databasePath"
  | "prefix"
  | "scratchFolder"
  | "clock"
  | "store"
  | "catalog"
  | "kept"
  | "engineVersion"
> & {
  /** Left out where nobody can tell whose path it is (the command line). */
  readonly ownership?: Pick<BackupContext["ownership"], "ours">;
};

/** A scratch upload that was begun. */
export interface ScratchUpload {
  key: string;
  uploadId: string;
}

/** What doctors have not cleaned up after themselves, for the next one. Left out where nobody remembers (the command line). */
export interface ScratchNotes {
  read(): Promise<ScratchLeft[]>;
  write(left: ScratchLeft[]): Promise<void>;
}

export interface ScratchLeft {
  /** In the names of its objects. */
  token: string;
  uploads: ScratchUpload[];
}
