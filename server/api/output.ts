import { z } from "zod";
import type { LogLine, OperationView } from "../control/types";
import type { AuditRow, BackupList, BackupView, ServerFacts, StorageCheck, TokenView, UserView } from "../nestegg";
import {
  backupStateSchema,
  backupTypeSchema,
  operationKindSchema,
  operationStateSchema,
  roleSchema,
  scopeSchema,
} from "./input";

/**
 * What leaves the server, field by field: a field that a room adds stays inside until it is named here.
 * `satisfies` ties each schema to the type that the verbs return.
 */
const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const actorKind = z.enum(["user", "token", "environment", "system"]);
const moment = z.string().describe("ISO 8601, UTC");

export const tableRowsSchema = z.object({ schema: z.string(), name: z.string(), rows: z.number() });

export const backupSchema = z.object({
  id: z.string(),
  type: backupTypeSchema,
  state: backupStateSchema,
  status: z.literal("latest_restored").optional().describe("Present on the one backup that holds it."),
  timestamp: moment.describe("ISO 8601 UTC in whole seconds; equals the id's time."),
  size: z.string().describe("Powers of ten, no space: 142MB."),
  bytes: z.number(),
  tags: z.record(z.string(), z.string()),
  note: z.string(),
  locked: z.boolean(),
  deletesAt: moment.nullable(),
  kept: z.string().describe("Why it stays, or when it goes."),
  keptUntil: moment.nullable().describe("When the retention lets it go; null where no day is known."),
  protectedBecause: z.enum(["newest good", "locked", "latest restored"]).nullable(),
  engine: z.object({ duckdb: z.string(), storageVersion: z.string() }).nullable(),
  sentBytes: z.number(),
  reusedBytes: z.number(),
  requests: z.number(),
  durationMs: z.number(),
  transfer: z
    .object({
      baseId: z.string().nullable().describe("The backup whose equal parts were copied inside the store."),
      unchanged: z.boolean(),
      copyGivenUp: z.boolean(),
      requests: z.object({ classA: z.number(), classB: z.number(), free: z.number() }).nullable(),
      requestDollars: z.number().nullable().describe("At R2's list price, without its free allowance."),
      monthlyDollars: z.number().nullable(),
    })
    .nullable(),
  checkpointMs: z.number().nullable(),
  verification: z
    .object({
      at: moment,
      result: z.enum(["checked", "verified", "failed"]),
      method: z.string(),
      tables: z.array(tableRowsSchema),
      error: z.string().nullable(),
      durationMs: z.number(),
    })
    .nullable(),
  restoredAt: moment.nullable(),
  createdBy: z.string().nullable(),
  origin: z.object({ serverId: z.string(), host: z.string(), appVersion: z.string() }).nullable(),
  operationId: z.string().nullable(),
}) satisfies z.ZodType<BackupView>;

export const backupDetailSchema = backupSchema.extend({ manifest: z.record(z.string(), z.unknown()).nullable() });

export const backupListSchema = z.object({
  backups: z.array(backupSchema),
  nextCursor: z.string().nullable(),
  matching: z.number(),
  total: z.number(),
  totalBytes: z.number(),
  counts: z.object({
    types: z.partialRecord(backupTypeSchema, z.number()),
    states: z.partialRecord(backupStateSchema, z.number()),
    tags: z.record(z.string(), z.number()),
  }),
  readAt: moment.nullable(),
  problem: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
}) satisfies z.ZodType<BackupList>;

export const operationSchema = z.object({
  id: z.string(),
  kind: operationKindSchema,
  title: z.string(),
  state: operationStateSchema,
  backupId: z.string().nullable(),
  actor: z.object({ kind: actorKind, id: z.string(), name: z.string() }),
  createdAt: moment,
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
  summary: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  steps: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["pending", "running", "ok", "skipped", "failed"]),
      startedAt: moment.nullable(),
      finishedAt: moment.nullable(),
      doneBytes: z.number().nullable(),
      totalBytes: z.number().nullable(),
      note: z.string().nullable(),
    }),
  ),
  detail: z.record(z.string(), fact),
  noReturn: z.boolean().describe("It finishes in a moment and cannot be cancelled any more."),
  revision: z.number(),
}) satisfies z.ZodType<OperationView>;

export const operationListSchema = z.object({
  operations: z.array(operationSchema),
  nextCursor: z.string().nullable(),
});

export const logLineSchema = z.object({
  sequence: z.number(),
  at: moment,
  level: z.enum(["info", "warn", "error"]),
  step: z.string().nullable(),
  text: z.string(),
}) satisfies z.ZodType<LogLine>;

export const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
  createdAt: moment,
  lastSignInAt: moment.nullable(),
  external: z.boolean(),
}) satisfies z.ZodType<UserView>;

export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  tail: z.string(),
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment.nullable(),
  lastUsedAt: moment.nullable(),
  lastUsedFrom: z.string().nullable(),
  state: z.enum(["active", "expiring", "expired", "revoked"]),
}) satisfies z.ZodType<TokenView>;

/** All facts but the secrets, which no answer may hold. */
export const factsSchema = z.object({
  version: z.string(),
  startedAt: moment,
  databaseName: z.string(),
  databasePath: z.string(),
  storage: z.object({
    kind: z.enum(["local", "r2"]),
    label: z.string(),
    bucket: z.string().nullable(),
    endpoint: z.string().nullable(),
    region: z.string().nullable(),
    prefix: z.string(),
    accountId: z.string().nullable(),
  }),
  publicUrl: z.string(),
  secureCookies: z.boolean(),
  trustProxy: z.boolean(),
  backupEnabled: z.boolean(),
  retentionDays: z.number(),
  verifyAfterBackup: z.literal("auto"),
  engineVersion: z.string(),
  environmentToken: z.boolean(),
  sqlRowLimit: z.number(),
  sqlTimeoutSeconds: z.number(),
}) satisfies z.ZodType<Omit<ServerFacts, "authSecret" | "oidc">>;

export const storageCheckSchema = z.object({
  at: moment,
  rows: z.array(
    z.object({
      code: z.string(),
      state: z.enum(["pass", "warn", "fail", "skipped"]),
      title: z.string(),
      text: z.string(),
      hint: z.string().nullable(),
      durationMs: z.number(),
    }),
  ),
}) satisfies z.ZodType<StorageCheck>;

export const auditRowSchema = z.object({
  id: z.number(),
  at: moment,
  actor: z.string(),
  actorKind,
  address: z.string().nullable(),
  action: z.string(),
  target: z.string().nullable(),
  detail: z.record(z.string(), fact),
}) satisfies z.ZodType<AuditRow>;

export const startedSchema = z.object({ operationId: z.string(), joined: z.boolean().optional() });
