/** Who asked. `system` is Nestegg itself: start, stop, clean-up, schedule. */
export type Actor =
  | { kind: "user"; id: string; name: string; role: Role }
  | { kind: "token"; id: string; name: string; scopes: Scope[] }
  | { kind: "environment"; id: "environment"; name: "environment token"; scopes: Scope[] }
  | { kind: "system"; id: "system"; name: string };

/** An actor and where the request came from; `address` is null for the system and the command line. */
export interface Caller {
  actor: Actor;
  address: string | null;
}

export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = [
  "backups:read",
  "backups:create",
  "backups:tag",
  "backups:download",
  "backups:restore",
  "backups:delete",
  "sql:read",
  "sql:write",
  "metrics:read",
] as const;
export type Scope = (typeof SCOPES)[number];

export type OperationKind =
  | "backup"
  | "verify"
  | "delete"
  | "adopt"
  | "clean-up"
  | "rescue"
  | "restore"
  | "undo-restore"
  | "upload"
  | "let-go"
  | "retention"
  | "renewal"
  | "drill"
  | "bucket-rules"
  | "own-records";
export type OperationState =
  | "queued"
  | "running"
  | "waiting"
  | "ok"
  | "ok-retried"
  | "failed"
  | "cancelled"
  | "interrupted"
  | "rolled-back";
export type StepState = "pending" | "running" | "ok" | "skipped" | "failed";

export interface OperationStep {
  name: string;
  state: StepState;
  startedAt: string | null;
  finishedAt: string | null;
  /** Bytes, where the step moves bytes; null totals are unknown. */
  doneBytes: number | null;
  totalBytes: number | null;
  note: string | null;
}

/** One lasting row of Activity. Times are ISO 8601 UTC. */
export interface OperationView {
  id: string;
  kind: OperationKind;
  /** For people: "Backup, manual". */
  title: string;
  state: OperationState;
  backupId: string | null;
  actor: { kind: Actor["kind"]; id: string; name: string };
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** One sentence: what came out of it, or what it waits for. */
  summary: string | null;
  error: { code: string; message: string; hint: string | null } | null;
  steps: OperationStep[];
  /** Free facts of the kind: sent bytes, checkpoint length, joined callers… */
  detail: Record<string, string | number | boolean | null>;
  /** Past the point of no return: it finishes in a moment and cannot be cancelled any more. */
  noReturn: boolean;
  /** Grows with every change of this operation: a listener drops what is older than what it has. */
  revision: number;
}

export interface LogLine {
  sequence: number;
  at: string;
  level: "info" | "warn" | "error";
  step: string | null;
  text: string;
}

/** What the book of operations offers to the verbs that run one. */
export interface RunningOperation {
  readonly id: string;
  readonly signal: AbortSignal;
  /** Starts a step by name; the one before must be finished. */
  step(name: string): Promise<void>;
  /** Finishes the current step. */
  stepDone(state?: "ok" | "skipped", note?: string): Promise<void>;
  /** Shown live at most four times a second; lasting only with the step's end. */
  progress(doneBytes: number, totalBytes: number | null): void;
  log(level: LogLine["level"], text: string): Promise<void>;
  /** `waiting` says in `summary` what for; `running` takes it up again. */
  waiting(summary: string | null): Promise<void>;
  setBackupId(id: string): Promise<void>;
  /** From here on `cancel` is refused; throws what was asked for when a cancel came first. */
  pastReturn(): Promise<void>;
  detail(facts: OperationView["detail"]): Promise<void>;
}

export type OperationEvent =
  | { type: "operation"; operation: OperationView }
  | { type: "list"; list: "backups" | "tokens" | "status" };

export interface NewOperation {
  kind: OperationKind;
  title: string;
  caller: Caller;
  backupId?: string | null;
  /** Names of the steps to come, in order, so that the page can show them as pending. */
  steps: string[];
  detail?: OperationView["detail"];
}

/** The lasting record of everything that runs for long; `server/nestegg.ts` has the part that doors may see. */
export interface Operations {
  /** Records a run as `queued`. */
  open(input: NewOperation): Promise<OperationView>;
  /**
   * Runs it: `running`, then `ok` with the sentence that `work` returns, `failed` with its error, or `cancelled` when the
   * operation's signal was aborted, or `rolled-back` for the error code of that meaning. The failing step is closed as `failed`, the rest `skipped`. Resolves with the final
   * view, never rejects; the error is logged once here. `signal` aborts from outside (a stop) beside `cancel`.
   */
  run(
    id: string,
    work: (operation: RunningOperation) => Promise<OperationOutcome>,
    signal?: AbortSignal,
  ): Promise<OperationView>;
  get(id: string): Promise<OperationView>;
  list(filter: {
    limit: number;
    cursor?: string;
    kinds?: OperationKind[];
    states?: OperationState[];
    backupId?: string;
  }): Promise<{ operations: OperationView[]; nextCursor: string | null }>;
  log(id: string, afterSequence?: number): Promise<LogLine[]>;
  /** Queued: over at once. Running: its signal aborts. Over: throws `conflict`. */
  cancel(caller: Caller, id: string): Promise<OperationView>;
  wait(id: string, signal?: AbortSignal): Promise<OperationView>;
  /** At start: what an earlier process left unfinished becomes `interrupted` with its sentence; returns those rows. */
  interruptUnfinished(sentenceFor: (operation: OperationView) => string): Promise<OperationView[]>;
  /** Queued, running and waiting ones, oldest first. From memory. */
  active(): OperationView[];
  /** Each listener gets the whole state of active operations first, then every change; ends when the signal aborts. */
  events(signal: AbortSignal): AsyncIterable<OperationEvent & { sequence: number }>;
  /** Tells listeners that a list has changed. */
  announce(list: "backups" | "tokens" | "status"): void;
}

export interface OperationOutcome {
  summary: string;
  state?: "ok" | "ok-retried";
  detail?: OperationView["detail"];
}

/** Small lasting facts of this server (server id, lineage, how the last stop went), by name. */
export interface Memory {
  get(name: string): Promise<string | null>;
  set(name: string, value: string | null): Promise<void>;
}

/** Uploads in parts that were begun and not yet finished or dropped; R2 cannot list them reliably, so we keep them. */
export interface UploadJournal {
  add(entry: { key: string; uploadId: string; operationId: string }): Promise<void>;
  remove(uploadId: string): Promise<void>;
  list(): Promise<{ key: string; uploadId: string; operationId: string; createdAt: string }[]>;
}
