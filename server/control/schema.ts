import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Actor, LogLine, OperationKind, OperationState, OperationStep, OperationView, Role, Scope } from "./types";

/** What drizzle knows of the tables. The truth is migrations/*.sql; `schema.test.ts` holds the two together. */
export const operations = sqliteTable("operations", {
  id: text("id").primaryKey(),
  kind: text("kind").$type<OperationKind>().notNull(),
  title: text("title").notNull(),
  state: text("state").$type<OperationState>().notNull(),
  backupId: text("backup_id"),
  actor: text("actor", { mode: "json" }).$type<OperationView["actor"]>().notNull(),
  createdAt: text("created_at").notNull(),
  startedAt: text("started_at"),
  finishedAt: text("finished_at"),
  summary: text("summary"),
  error: text("error", { mode: "json" }).$type<NonNullable<OperationView["error"]>>(),
  steps: text("steps", { mode: "json" }).$type<OperationStep[]>().notNull(),
  detail: text("detail", { mode: "json" }).$type<OperationView["detail"]>().notNull(),
  revision: integer("revision").notNull(),
  noReturn: integer("no_return", { mode: "boolean" }).notNull(),
});

export const operationLog = sqliteTable(
  "operation_log",
  {
    operationId: text("operation_id").notNull(),
    sequence: integer("sequence").notNull(),
    at: text("at").notNull(),
    level: text("level").$type<LogLine["level"]>().notNull(),
    step: text("step"),
    text: text("text").notNull(),
  },
  (table) => [primaryKey({ columns: [table.operationId, table.sequence] })],
);

export const memory = sqliteTable("memory", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});

export const uploads = sqliteTable("uploads", {
  uploadId: text("upload_id").primaryKey(),
  key: text("key").notNull(),
  operationId: text("operation_id").notNull(),
  createdAt: text("created_at").notNull(),
});

export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  email: text("email").notNull(),
  name: text("name").notNull(),
  role: text("role").$type<Role>().notNull(),
  passwordHash: text("password_hash").notNull(),
  sessionVersion: integer("session_version").notNull(),
  disabled: integer("disabled", { mode: "boolean" }).notNull(),
  createdAt: text("created_at").notNull(),
  lastSignInAt: text("last_sign_in_at"),
});

export const signInAttempts = sqliteTable("sign_in_attempts", {
  bucket: text("bucket").primaryKey(),
  failures: integer("failures").notNull(),
  lastAt: integer("last_at").notNull(),
  lockedUntil: integer("locked_until").notNull(),
  told: integer("told", { mode: "boolean" }).notNull(),
});

export const apiTokens = sqliteTable("api_tokens", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  scopes: text("scopes", { mode: "json" }).$type<Scope[]>().notNull(),
  secretHash: text("secret_hash").notNull(),
  tail: text("tail").notNull(),
  createdAt: text("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  expiresAt: text("expires_at"),
  lastUsedAt: text("last_used_at"),
  lastUsedFrom: text("last_used_from"),
  revokedAt: text("revoked_at"),
});

export const audit = sqliteTable("audit", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  at: text("at").notNull(),
  actor: text("actor").notNull(),
  actorId: text("actor_id").notNull(),
  actorKind: text("actor_kind").$type<Actor["kind"]>().notNull(),
  address: text("address"),
  action: text("action").notNull(),
  target: text("target"),
  detail: text("detail", { mode: "json" }).$type<Record<string, string | number | boolean | null>>().notNull(),
});
