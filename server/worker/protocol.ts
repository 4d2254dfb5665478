import type { Inspection } from "../database/inspect";
import type { RescueInput, RescueReport } from "../database/rescue";
import type { ObjectStore, PartReceipt, RequestCounts, StoreSettings } from "../storage/object-store";

/** One job a process; plain data, so that it travels over IPC. */
export type Job = FingerprintJob | UploadJob | VerifyJob | DownloadJob | InspectJob | CheckBlocksJob | RescueJob;

/** Reads only the header of the live file, which the owner itself must not open. */
export interface FingerprintJob {
  kind: "fingerprint";
  databasePath: string;
}

export interface FingerprintResult {
  kind: "fingerprint";
  headerSha256: string;
}

/** A stored backup whose parts need not be sent again where they are the same. */
export interface BaseFile extends StoredFile {
  headerSha256: string;
  /** Of the live file's present history: equal headers then mean equal content. */
  sameHistory: boolean;
}

/** A part that the store has, of this run. */
export interface StoredPart {
  receipt: PartReceipt;
  sha256: string;
  how: "sent" | "copied";
}

/** What an earlier try of the same run has left in the store. */
export interface UnfinishedParts {
  uploadId: string;
  writeMark: string;
  parts: StoredPart[];
}

/** Reads the held snapshot of the live file once, checks every block, and stores it: what the base has is copied, the rest is sent. */
export interface UploadJob {
  kind: "upload";
  databasePath: string;
  store: StoreSettings;
  key: string;
  partBytes: number;
  /** Parts on their way at once; with the one being read they bound the memory. */
  partsInFlight: number;
  metadata: Record<string, string>;
  contentDisposition: string;
  /** Where what is still needed goes when the hold has to end early. */
  scratchFile: string;
  /** Null: all is sent. Its part size is `partBytes`. */
  base: BaseFile | null;
  unfinished: UnfinishedParts | null;
  /** Leave what is stored when the run fails, so that another try can go on with it; a cancelled one always drops it. */
  keepUnfinished: boolean;
  /** Bytes a second at which parts were sent lately; null: not known. */
  knownSendRate: number | null;
  /** At a stop: when it becomes clear that the rest needs far longer than this, the run ends. Null: no limit. */
  budgetMs: number | null;
}

export interface UploadResult {
  kind: "upload";
  bytes: number;
  etag: string;
  parts: string[];
  headerSha256: string;
  storageVersion: string;
  /** Of the object's bytes those that were sent, by this try or an earlier one. */
  sentBytes: number;
  /** The others: taken over from the base inside the store. */
  reusedBytes: number;
  requests: RequestCounts;
  /** True: the snapshot is the base, so the object was copied in one piece. */
  unchanged: boolean;
  /** True: copying from the base was slower than sending, or failed, so the rest was sent. */
  copyGivenUp: boolean;
  /** Bytes a second while at least one part was on its way; null: none was. */
  sendRate: number | null;
  copyRate: number | null;
  /** Blocks that no table owns and whose checksum does not match: torn writes of the past, harmless. */
  tornFreeBlocks: number;
  spilledBytes: number;
}

/** A stored backup to be read, as its manifest describes it. */
export interface StoredFile {
  key: string;
  /** Of the object as it lies there now. When it changes while it is read, the hashes decide. */
  etag: string;
  bytes: number;
  partBytes: number;
  /** SHA-256 of each part; empty when nobody knows them yet. */
  parts: string[];
}

/** Reads a stored backup back and proves it. */
export interface VerifyJob extends StoredFile {
  kind: "verify";
  store: StoreSettings;
  /** Null: no room to open it, so parts and blocks are checked only. */
  scratchFile: string | null;
}

export interface VerifyResult {
  kind: "verify";
  result: "checked" | "verified" | "failed";
  error: string | null;
  inspection: Inspection | null;
  /** Of the object that was read; another one than in the job when it was exchanged meanwhile. */
  etag: string;
  /** Of an adopted object nobody has hashes yet: these are they. */
  parts: string[];
  headerSha256: string;
  storageVersion: string;
}

/** Brings a stored backup to a file of this machine, for a restore. */
export interface DownloadJob extends StoredFile {
  kind: "download";
  store: StoreSettings;
  /** May hold parts of an earlier try. */
  targetPath: string;
  /** The live file, read only, for parts that it has already; null: there is none. */
  basePath: string | null;
}

export interface DownloadResult {
  kind: "download";
  inspection: Inspection;
  fetchedBytes: number;
  reusedBytes: number;
}

/** Reads a file that nobody has open, whole: header, every block, every row. A write-ahead log beside it is read along. */
export interface InspectJob {
  kind: "inspect";
  path: string;
}

export interface InspectResult {
  kind: "inspect";
  inspection: Inspection;
  /** The engine that created the file, as "1.5.6"; null when it does not say so. */
  writtenBy: string | null;
  bytes: number;
  headerSha256: string;
  storageVersion: string;
}

/**
 * Reads the live file as it lies there, without opening it: its headers and every block's checksum. Checkpoints go on meanwhile, so
 * a block that does not match is damage only when no checkpoint came between; else the file is read anew.
 */
export interface CheckBlocksJob {
  kind: "check-blocks";
  path: string;
}

export interface CheckBlocksResult {
  kind: "check-blocks";
  bytes: number;
  blocks: number;
  /** Blocks that no table owns and whose checksum does not match: torn writes of the past, harmless. */
  tornFreeBlocks: number;
  storageVersion: string;
  /** The engine that created the file; null when it does not say so. */
  writtenBy: string | null;
  /** False: checkpoints came between each time, so what did not match says nothing. */
  settled: boolean;
}

export interface RescueJob {
  kind: "rescue";
  input: RescueInput;
}

export interface RescueResult {
  kind: "rescue";
  report: RescueReport;
}

export type JobResult =
  | FingerprintResult
  | UploadResult
  | VerifyResult
  | DownloadResult
  | InspectResult
  | CheckBlocksResult
  | RescueResult;
export type ResultOf<J extends Job> = Extract<JobResult, { kind: J["kind"] }>;

export type ToWorker = { type: "job"; job: Job } | { type: "cancel" } | { type: "spill" };

export type FromWorker =
  | { type: "ready" }
  | { type: "progress"; doneBytes: number; totalBytes: number }
  /** Sent to the store since the last such message, by price class. */
  | { type: "requests"; counts: RequestCounts }
  /** A line for the server's log. */
  | { type: "log"; level: "debug" | "warn"; fields: Record<string, string | number>; text: string }
  /** The upload exists in the store from here on: note it, so that a crash can drop it. */
  | { type: "upload-started"; uploadId: string; writeMark: string }
  | { type: "part-stored"; part: StoredPart }
  | { type: "upload-over"; uploadId: string }
  /** The store copies the base whole; it may show the object even when nobody waits for it any more. */
  | { type: "copying"; uploadId: string | null }
  | { type: "copied"; uploadId: string | null }
  /** The live file is not needed any more, all being read or the run having failed: the hold may go. Once a run. */
  | { type: "released" }
  /** All bytes are there and checked; from here on the copy is opened and its rows are read. */
  | { type: "opening" }
  | { type: "result"; result: JobResult }
  | { type: "error"; error: WireError };

/** An AppError (or another error) as plain data. */
export interface WireError {
  code: string | null;
  message: string;
  hint: string | null;
  stack: string | null;
}

/** What a job may do besides its work. */
export interface JobContext {
  signal: AbortSignal;
  send(message: FromWorker): void;
  /** Its requests are told to the parent. Left out where a job runs without a process of its own. */
  watchRequests?(store: Pick<ObjectStore, "requestCounts">): void;
  /** Resolves once the parent asks to let go of the live file early; else it never settles. */
  spillWanted: Promise<void>;
}
