import type {
  Caller,
  LogLine,
  OperationEvent,
  OperationKind,
  OperationState,
  OperationView,
  Role,
  Scope,
} from "./control/types";
import type { DatabaseFault, DatabaseStatistics, LiveDatabase, SqlResult, SqlStatement } from "./database/types";
import type { OperateVerbs, PeopleAdmin } from "./nestegg-operate";
import type { RestoreVerbs, UploadVerbs } from "./nestegg-restore";
import type { OidcSettings } from "./oidc-settings";
import type { ObjectBody } from "./storage/object-store";

/** Everything a door (tRPC, REST, page, command line) can ask of the running server. Plain data in, plain data out. */
export interface Nestegg {
  readonly facts: ServerFacts;
  health(): Health;
  status(): Promise<StatusView>;
  backups: BackupVerbs;
  restores: RestoreVerbs;
  uploads: UploadVerbs;
  operate: OperateVerbs;
  operations: OperationBook;
  database: {
    info(): Promise<DatabaseInfo>;
    /** For app code in this process; throws `degraded` while there is no open database. */
    app(): AppDatabase;
    /**
     * An admin's answer to "the file is missing, but the bucket holds backups of it": creates an empty database.
     * Throws `conflict` when the database is open or a file is there.
     */
    startEmpty(caller: Caller): Promise<DatabaseInfo>;
    query(input: { statements: SqlStatement[]; access: "read" | "write"; signal?: AbortSignal }): Promise<SqlResult[]>;
  };
  people: People;
  tokens: Tokens;
  audit: AuditBook;
  storage: {
    check(caller: Caller): Promise<StorageCheck>;
    lastCheck(): Promise<StorageCheck | null>;
    /** Makes this server the one that may delete, prune and adopt under the path. */
    takeOver(caller: Caller): Promise<void>;
  };
  /** Listens until the signal aborts. The first event of each operation that runs is its whole present state. */
  events(signal: AbortSignal): AsyncIterable<OperationEvent & { sequence: number }>;
}

export interface ServerFacts {
  version: string;
  startedAt: string;
  databaseName: string;
  databasePath: string;
  storage: {
    kind: "local" | "r2";
    label: string;
    bucket: string | null;
    endpoint: string | null;
    region: string | null;
    prefix: string;
    accountId: string | null;
  };
  publicUrl: string;
  secureCookies: boolean;
  trustProxy: boolean;
  authSecret: string;
  /** With its secret, for server/api/auth.ts only; null: people sign in by password. */
  oidc: OidcSettings | null;
  backupEnabled: boolean;
  retentionDays: number;
  verifyAfterBackup: "auto";
  engineVersion: string;
  environmentToken: boolean;
  sqlRowLimit: number;
  sqlTimeoutSeconds: number;
}

export interface Health {
  status: "starting" | "ready" | "degraded" | "stopping";
  reason?: string;
  hint?: string;
}

export type BackupType = "shutdown" | "manual" | "scheduled" | "safety" | "upload";
/** Words of the contract: stored = whole in the bucket; checked = every part and block read back; verified = also opened and every column read. */
export type BackupState =
  | "creating"
  | "stored"
  | "verifying"
  | "checked"
  | "verified"
  | "failed"
  | "missing"
  | "deleting"
  | "unregistered";

export interface TableRows {
  schema: string;
  name: string;
  rows: number;
}

export interface BackupView {
  id: string;
  type: BackupType;
  state: BackupState;
  /** Present on the one holder only. */
  status?: "latest_restored";
  /** ISO 8601 UTC in whole seconds; equals the id's time. */
  timestamp: string;
  /** Powers of ten, no space: "142MB". */
  size: string;
  bytes: number;
  tags: Record<string, string>;
  note: string;
  locked: boolean;
  deletesAt: string | null;
  /** Why it stays, or when it goes, as one short line. */
  kept: string;
  /** When the retention lets it go; null where no day is known or something protects it. */
  keptUntil: string | null;
  protectedBecause: "newest good" | "locked" | "latest restored" | null;
  engine: { duckdb: string; storageVersion: string } | null;
  sentBytes: number;
  reusedBytes: number;
  requests: number;
  durationMs: number;
  /** How the bytes came to the store; null for a file that Nestegg did not send. */
  transfer: TransferView | null;
  checkpointMs: number | null;
  verification: {
    at: string;
    result: "checked" | "verified" | "failed";
    method: string;
    tables: TableRows[];
    error: string | null;
    durationMs: number;
  } | null;
  restoredAt: string | null;
  createdBy: string | null;
  origin: { serverId: string; host: string; appVersion: string } | null;
  /** The run that creates or verifies it now. */
  operationId: string | null;
}

export interface TransferView {
  /** The backup whose equal parts were copied inside the store. */
  baseId: string | null;
  /** Nothing had changed: the object is a copy of that backup's. */
  unchanged: boolean;
  /** Copying was slower than sending, or failed, so the rest was sent. */
  copyGivenUp: boolean;
  /** By R2's price classes; null when it was not counted (backups of version 0.1). */
  requests: { classA: number; classB: number; free: number } | null;
  /** At R2's list price without its free allowance; null for storage that is not R2, and when not counted. */
  requestDollars: number | null;
  monthlyDollars: number | null;
}

export interface BackupListInput {
  limit?: number;
  cursor?: string;
  search?: string;
  types?: BackupType[];
  states?: BackupState[];
  /** `key` or `key=value`. */
  tag?: string;
  from?: string;
  to?: string;
  sort?: "newest" | "oldest" | "largest" | "smallest";
}

export interface BackupList {
  backups: BackupView[];
  nextCursor: string | null;
  /** That match the filter, and all of them. */
  matching: number;
  total: number;
  totalBytes: number;
  counts: {
    types: Partial<Record<BackupType, number>>;
    states: Partial<Record<BackupState, number>>;
    tags: Record<string, number>;
  };
  /** When the bucket was last read; `problem` says why it could not be read since. */
  readAt: string | null;
  problem: { code: string; message: string; hint: string | null } | null;
}

export interface BackupVerbs {
  /** Newest first unless sorted; from an index that the bucket is the truth of. `fresh` reads the bucket first. */
  list(input: BackupListInput & { fresh?: boolean }): Promise<BackupList>;
  /** Throws `not_found`. */
  get(id: string): Promise<BackupView & { manifest: Record<string, unknown> | null }>;
  /** Answers as soon as the run is recorded; `joined` when an equal one that has not taken its snapshot serves this caller too. */
  create(
    caller: Caller,
    input: { note?: string; tags?: Record<string, string>; verify?: boolean },
  ): Promise<{ operationId: string; joined: boolean }>;
  verify(caller: Caller, input: { id: string }): Promise<{ operationId: string }>;
  tag(caller: Caller, input: { id: string; tags?: Record<string, string>; note?: string }): Promise<BackupView>;
  lock(caller: Caller, input: { id: string; locked: boolean }): Promise<BackupView>;
  setStatus(caller: Caller, input: { id: string; status: "latest_restored" | null }): Promise<BackupView>;
  /** Marks for deletion in 10 minutes; throws `backup_protected`, `backup_in_use`. */
  remove(caller: Caller, input: { id: string }): Promise<{ id: string; deletesAt: string }>;
  undelete(caller: Caller, input: { id: string }): Promise<BackupView>;
  /** Registers an object of our name form that has no manifest, after reading it whole. */
  adopt(caller: Caller, input: { id: string }): Promise<{ operationId: string }>;
  /** A link of a few minutes, or null where `read` must stream. */
  downloadUrl(
    caller: Caller,
    input: { id: string },
  ): Promise<{ url: string | null; expiresAt: string | null; fileName: string; bytes: number }>;
  read(
    caller: Caller,
    input: { id: string; range?: { start: number; end: number } },
  ): Promise<ObjectBody & { fileName: string }>;
}

export interface OperationFilter {
  limit: number;
  cursor?: string;
  kinds?: OperationKind[];
  states?: OperationState[];
  backupId?: string;
}

export interface OperationBook {
  list(filter: OperationFilter): Promise<{ operations: OperationView[]; nextCursor: string | null }>;
  get(id: string): Promise<OperationView>;
  log(id: string, afterSequence?: number): Promise<LogLine[]>;
  /** Asks it to stop; refused (`conflict`) once it is over or cannot stop any more. */
  cancel(caller: Caller, id: string): Promise<OperationView>;
  /** Resolves with the final state of the run. */
  wait(id: string, signal?: AbortSignal): Promise<OperationView>;
}

/** The in-process door: the same gate and guard as every other. */
export type AppDatabase = Pick<LiveDatabase, "run" | "transaction">;

export interface DatabaseInfo {
  state: "open" | "opening" | "unusable" | "closed";
  fault: DatabaseFault | null;
  name: string;
  path: string;
  statistics: DatabaseStatistics | null;
}

export type ProtectionStatus = "safe" | "at-risk" | "unprotected" | "unknown";

export interface Reason {
  code: string;
  text: string;
  /** A page of ours that shows or mends it. */
  href: string | null;
}

export interface StatusView {
  protection: {
    status: ProtectionStatus;
    title: string;
    line: string;
    link: { text: string; href: string } | null;
    reasons: Reason[];
  };
  /** At most one, the worst first. */
  attention: {
    code: string;
    text: string;
    tone: "danger" | "warn";
    link: { text: string; href: string } | null;
  } | null;
  database: {
    name: string;
    fileBytes: number;
    walBytes: number;
    engineVersion: string;
    state: DatabaseInfo["state"];
    faultReason: DatabaseFault["reason"] | null;
    lastChangeAt: string | null;
    changedSinceBackup: boolean;
  };
  newestGood: { id: string; timestamp: string; state: BackupState } | null;
  loss: { seconds: number | null; walBytes: number };
  /** Measured by a drill or a restore, or null. */
  recoverySeconds: number | null;
  recoveryMeasured: { by: "restore" | "drill"; at: string } | null;
  /** `at` may be past: the run waits or is about to begin. Null while off or paused; `text` says how often, or why not. */
  next: { state: "planned" | "paused" | "off"; at: string | null; text: string };
  stored: { bytes: number; count: number; monthlyDollars: number | null };
  timeline: { id: string; at: string; bytes: number; state: BackupState }[];
  /** 35 days, oldest first, in UTC. */
  days: { date: string; good: number; failed: number }[];
  sizes: { at: string; bytes: number; sentBytes: number }[];
  recent: OperationView[];
  running: OperationView[];
  checks: { code: string; state: "pass" | "warn" | "fail"; title: string; text: string; href: string | null }[];
  counts: { backups: number; running: number };
  /** What a stop would take now: `seconds` is null before anything was measured; `fits` compares with the budget. */
  stop: { seconds: number | null; budgetSeconds: number; fits: boolean; text: string };
  at: string;
}

export interface StorageCheck {
  at: string;
  rows: {
    code: string;
    state: "pass" | "warn" | "fail" | "skipped";
    title: string;
    text: string;
    hint: string | null;
    durationMs: number;
  }[];
}

export interface UserView {
  id: string;
  email: string;
  name: string;
  role: Role;
  disabled: boolean;
  createdAt: string;
  lastSignInAt: string | null;
  /** Signs in through the OpenID provider: no password here, and the role comes from there. */
  external: boolean;
}

export interface People extends PeopleAdmin {
  /** True until the first admin exists. */
  needsSetup(): Promise<boolean>;
  createFirstAdmin(input: { code: string; email: string; password: string; address: string | null }): Promise<UserView>;
  /** Null when wrong; throws `too_many_requests` with Retry-After when throttled. */
  signIn(input: {
    email: string;
    password: string;
    address: string | null;
  }): Promise<(UserView & { sessionVersion: number }) | null>;
  /** Whom an OpenID provider has vouched for. The role it tells is taken over; a refusal ends what was open. */
  signInExternal(person: ExternalPerson): Promise<ExternalAnswer>;
  /** Null when the user is gone, disabled, the version is old, or the session was signed out: it is over. */
  session(input: { userId: string; sessionVersion: number; sessionId?: string }): Promise<UserView | null>;
  /** One session, wherever its cookie was copied to. Remembered until `until`. */
  endSession(input: { sessionId: string; until: Date }): Promise<void>;
  signOutEverywhere(caller: Caller, userId: string): Promise<void>;
}

export interface ExternalPerson {
  /** These two are who it is. */
  issuer: string;
  subject: string;
  /** Labels only: never looked up. */
  email: string;
  name: string;
  /** What the provider's claim gives; null: no role, which is refused. */
  role: Role | null;
  address: string | null;
}

export type ExternalRefusal = "no-role" | "disabled" | "last-admin" | "no-admin-yet";

export type ExternalAnswer =
  | { ok: true; user: UserView & { sessionVersion: number } }
  | { ok: false; reason: ExternalRefusal };

export interface TokenView {
  id: string;
  name: string;
  scopes: Scope[];
  /** Last four characters. */
  tail: string;
  createdAt: string;
  createdBy: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  lastUsedFrom: string | null;
  state: "active" | "expiring" | "expired" | "revoked";
}

export interface Tokens {
  list(): Promise<TokenView[]>;
  /** `secret` is shown this once. */
  create(
    caller: Caller,
    input: { name: string; scopes: Scope[]; expiresInDays: number | null },
  ): Promise<{ token: TokenView; secret: string }>;
  revoke(caller: Caller, input: { id: string }): Promise<void>;
  /** The actor behind a bearer secret, or null. Notes the use. */
  authenticate(secret: string, address: string | null): Promise<Caller["actor"] | null>;
}

export interface AuditFilter {
  /** Id of the actor, as `choices` tells it. */
  actorId?: string;
  /** A whole action ("user.role"), or the beginning of several ("user."). */
  action?: string;
  /** Part of the target, in any case. */
  target?: string;
  /** ISO 8601 UTC, both included. */
  from?: string;
  to?: string;
}

export interface AuditBook {
  record(entry: AuditEntry): Promise<void>;
  /** Newest first; `before` is the id of the last row that one has. */
  list(input: AuditFilter & { limit: number; before?: number }): Promise<AuditRow[]>;
  /** What there is to filter by. */
  choices(): Promise<{ actors: { id: string; name: string; kind: AuditRow["actorKind"] }[]; actions: string[] }>;
}

export interface AuditEntry {
  caller: Caller;
  action: string;
  target: string | null;
  detail?: Record<string, string | number | boolean | null>;
}

export interface AuditRow {
  id: number;
  at: string;
  actor: string;
  actorKind: Caller["actor"]["kind"];
  address: string | null;
  action: string;
  target: string | null;
  detail: Record<string, string | number | boolean | null>;
}
