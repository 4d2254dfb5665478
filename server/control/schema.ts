import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AlertChannelSettings, AlertDelivery, AlertEvent, AlertMessage, AlertNotice } from "../nestegg-operate";
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
  /** Both or neither: who signs in through an OpenID provider has no password here. */
  externalIssuer: text("external_issuer"),
  externalSubject: text("external_subject"),
});

export const invitations = sqliteTable("invitations", {
  id: text("id").primaryKey(),
  email: text("email").notNull(),
  role: text("role").$type<Role>().notNull(),
  codeHash: text("code_hash").notNull(),
  createdAt: text("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  createdById: text("created_by_id").notNull(),
  expiresAt: text("expires_at").notNull(),
});

export const endedSessions = sqliteTable("ended_sessions", {
  sessionHash: text("session_hash").primaryKey(),
  endsAt: text("ends_at").notNull(),
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

export const alertChannels = sqliteTable("alert_channels", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  kind: text("kind").$type<AlertChannelSettings["kind"]>().notNull(),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  events: text("events", { mode: "json" }).$type<AlertEvent[]>().notNull(),
  /** Address and secrets, encrypted. */
  sealed: text("sealed").notNull(),
  createdAt: text("created_at").notNull(),
  /** Tries that failed since the last one that did not. */
  failures: integer("failures").notNull(),
  failingSince: text("failing_since"),
});

export const alertMatters = sqliteTable("alert_matters", {
  key: text("key").primaryKey(),
  notice: text("notice", { mode: "json" }).$type<AlertNotice>().notNull(),
  since: text("since").notNull(),
  /** Null for what stands alone: it is only remembered for a while, so as not to be told again. */
  remindAt: text("remind_at"),
  /** The channels that were told. */
  heard: text("heard", { mode: "json" }).$type<string[]>().notNull(),
});

export const alertDeliveries = sqliteTable("alert_deliveries", {
  id: text("id").primaryKey(),
  channelId: text("channel_id").notNull(),
  event: text("event").$type<AlertDelivery["event"]>().notNull(),
  kind: text("kind").$type<AlertDelivery["kind"]>().notNull(),
  title: text("title").notNull(),
  /** Of the matter: within it a channel hears everything in order. */
  key: text("key").notNull(),
  message: text("message", { mode: "json" }).$type<AlertMessage>().notNull(),
  state: text("state").$type<AlertDelivery["state"]>().notNull(),
  attempts: integer("attempts").notNull(),
  createdAt: text("created_at").notNull(),
  finishedAt: text("finished_at"),
  answer: text("answer"),
  nextTryAt: text("next_try_at"),
});
