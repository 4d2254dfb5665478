import type { OperationView, Role } from "../../control/types";
import type { BackupView, ServerFacts, StatusView, UserView } from "../../nestegg";
import type { KeptDatabase, RestorePreview } from "../../nestegg-restore";

export const FAKE_SECRET = "an-auth-secret-of-at-least-32-characters";
const MOMENT = "2024-12-30T15:30:00Z";
export const FAKE_ID = "hesocial-manual-20241230-153000.duckdb";

export function fakeFacts(): ServerFacts {
  return {
    version: "0.1.0",
    startedAt: MOMENT,
    databaseName: "hesocial",
    databasePath: "/data/hesocial.duckdb",
    storage: {
      kind: "local",
      label: "folder ./data/bucket",
      bucket: null,
      endpoint: null,
      region: null,
      prefix: "backups/",
      accountId: null,
    },
    publicUrl: "https://backups.example.com",
    secureCookies: false,
    trustProxy: false,
    authSecret: FAKE_SECRET,
    oidc: null,
    backupEnabled: true,
    retentionDays: 30,
    verifyAfterBackup: "auto",
    engineVersion: "v1.5.6",
    environmentToken: false,
    sqlRowLimit: 10_000,
    sqlTimeoutSeconds: 60,
  };
}

export function fakeUser(id: string, role: Role): UserView {
  const email = `${id}@example.com`;
  return { id, email, name: "", role, disabled: false, createdAt: MOMENT, lastSignInAt: null, external: false };
}

export function fakeBackup(facts: Partial<BackupView> = {}): BackupView {
  return {
    id: FAKE_ID,
    type: "manual",
    state: "stored",
    timestamp: MOMENT,
    size: "142MB",
    bytes: 1000,
    locked: false,
    deletesAt: null,
    kept: "until 29 January",
    keptUntil: null,
    protectedBecause: null,
    engine: { duckdb: "v1.5.6", storageVersion: "v1.5.0" },
    sentBytes: 1000,
    reusedBytes: 0,
    requests: 3,
    durationMs: 12,
    transfer: null,
    checkpointMs: 5,
    verification: null,
    restoredAt: null,
    createdBy: "ci",
    origin: null,
    operationId: null,
    ...facts,
    tags: facts.tags ?? {},
    note: facts.note ?? "",
  };
}

export function fakeOperation(facts: Partial<OperationView>): OperationView {
  return {
    id: "op-1",
    kind: "backup",
    title: "Backup, manual",
    state: "ok",
    backupId: null,
    actor: { kind: "token", id: "token-1", name: "ci" },
    createdAt: MOMENT,
    startedAt: MOMENT,
    finishedAt: MOMENT,
    summary: null,
    error: null,
    steps: [],
    detail: {},
    noReturn: false,
    revision: 1,
    ...facts,
  };
}

export function fakeStatus(): StatusView {
  return {
    protection: { status: "safe", title: "Your data is safe", line: "", link: null, reasons: [] },
    attention: null,
    database: {
      name: "hesocial",
      fileBytes: 1,
      walBytes: 0,
      engineVersion: "v1.5.6",
      state: "open",
      faultReason: null,
      lastChangeAt: null,
      changedSinceBackup: false,
    },
    newestGood: null,
    loss: { seconds: null, walBytes: 0 },
    recoverySeconds: null,
    recoveryMeasured: null,
    next: { state: "off", at: null, text: "" },
    stored: { bytes: 0, count: 0, monthlyDollars: null },
    timeline: [],
    days: [],
    sizes: [],
    recent: [],
    running: [],
    checks: [],
    counts: { backups: 0, running: 0 },
    stop: { seconds: null, budgetSeconds: 25, fits: true, text: "" },
    at: MOMENT,
  };
}

export function fakePreview(id: string): RestorePreview {
  return {
    id,
    timestamp: MOMENT,
    state: "verified",
    bytes: 1000,
    liveBytes: 2000,
    engine: { duckdb: "v1.5.6", storageVersion: "v1.5.0" },
    liveEngine: { duckdb: "v1.5.6", storageVersion: null },
    upgradeNote: null,
    tables: [{ schema: "main", name: "orders", liveRows: 7, backupRows: 9, change: "added", schemaChanges: [] }],
    compared: "counts",
    lastChangeAt: MOMENT,
    changesSince: 2,
    disk: { neededBytes: 3000, freeBytes: 9000 },
    estimate: { seconds: 4, basis: "from 3 earlier runs" },
    blockers: [{ code: "waits", text: "A backup is being made.", hint: null, operationId: "op-1" }],
    notes: [],
    keepsForDays: 7,
  };
}

export const FAKE_KEPT_NAME = "hesocial.duckdb.before-restore-20241230-153000";

export function fakeKept(facts: Partial<KeptDatabase> = {}): KeptDatabase {
  return {
    name: FAKE_KEPT_NAME,
    bytes: 2000,
    replacedAt: MOMENT,
    replacedBy: FAKE_ID,
    backupId: FAKE_ID,
    actor: "ann",
    operationId: "op-1",
    safetyBackupId: null,
    uncovered: false,
    expiresAt: "2025-01-06T15:30:00Z",
    newest: true,
    ...facts,
  };
}
