import type { Clock } from "../clock";
import type { Caller, Memory, Operations, UploadJournal } from "../control/types";
import type { KeptFiles } from "../database/kept-files";
import type { DatabaseFault, LiveDatabase } from "../database/types";
import type { Log } from "../log";
import type { AuditEntry } from "../nestegg";
import type { AlertNotice, PriceTable } from "../nestegg-operate";
import type { ObjectStore, StoreSettings } from "../storage/object-store";
import type { InspectResult } from "../worker/protocol";
import type { RunJob } from "../worker/run-job";
import type { BackupRuns } from "./backup-runs";
import type { Catalog } from "./catalog";
import type { ManifestEditor } from "./manifest-editor";
import type { Ownership } from "./owner";
import type { Replaced, ReplaceInput } from "./replace-database";
import type { RestoreSlot } from "./restore-slot";
import type { Retention } from "./retention-settings";
import type { WritingLane } from "./writing-lane";

/** What every verb of this room works with; wired once in runtime.ts. */
export interface BackupContext {
  readonly databaseName: string;
  readonly databasePath: string;
  /** Key prefix of our objects, with a trailing slash, or empty. */
  readonly prefix: string;
  readonly serverId: string;
  readonly host: string;
  readonly appVersion: string;
  readonly engineVersion: string;
  readonly startedAt: Date;
  readonly retentionDays: number;
  readonly retention: Retention;
  /** A scheduled backup of a database that has not changed stores nothing. */
  skipUnchanged(): boolean;
  /** What storage and requests cost; null: nothing, the store is a folder. */
  prices(): PriceTable | null;
  /** False: nothing backs up by itself. */
  readonly backupEnabled: boolean;
  /** A folder of ours on the data disk, for copies that live as long as one run. */
  readonly scratchFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ObjectStore;
  readonly storeSettings: StoreSettings;
  readonly operations: Operations;
  readonly memory: Memory;
  readonly uploads: UploadJournal;
  readonly catalog: Catalog;
  readonly manifests: ManifestEditor;
  readonly ownership: Ownership;
  /** Backups, one at a time, in order. */
  readonly writing: WritingLane;
  /** Verifications, one at a time; they never hold up a backup. */
  readonly reading: WritingLane;
  /** Trials of the storage, one at a time: the next one cleans up what an earlier one has left. */
  readonly checking: WritingLane;
  readonly runs: BackupRuns;
  readonly runJob: RunJob;
  /** Aborts when the server stops: what runs is cancelled, so that the shutdown backup can follow. */
  readonly stopping: AbortSignal;
  /** Asks for `cleanUp` to be tried again soon: something could not be removed. */
  leftSomethingBehind(): void;
  audit(entry: AuditEntry): Promise<void>;
  /** Tells the alerts; never rejects, never waits for a delivery. */
  tell(notice: AlertNotice): void;
  /** The open database; throws `degraded` with the reason when there is none. */
  database(): LiveDatabase;
  /** Whether there is one; `fault` says why not. */
  isOpen(): boolean;
  fault(): DatabaseFault | null;
  readonly kept: KeptFiles;
  /** The one restore or undo that is under way. */
  readonly restoring: RestoreSlot;
  /** What previews have read of kept files, by name: such a file does not change, and reading it whole takes seconds. */
  readonly keptInspections: Map<string, Promise<InspectResult | null>>;
  /** Exchanges the live file for another one; see `lifecycle/replace.ts`. */
  replaceDatabase(input: ReplaceInput): Promise<Replaced>;
  /** Random id of the file's present history; see `lineage.ts`. */
  lineage(): string;
  /** How long a hold may last: write-ahead log since the checkpoint, and time after DDL. */
  readonly holdLimit: { walBytes: number; afterDdlMs: number };
}

export function systemCaller(name: string): Caller {
  return { actor: { kind: "system", id: "system", name }, address: null };
}

/** For work that nobody waits for: a fault is logged, never lost and never an unhandled rejection. */
export function inBackground(ctx: Pick<BackupContext, "log">, work: Promise<unknown>): void {
  work.catch((error: unknown) => ctx.log.error({ err: error }, "background work failed"));
}
