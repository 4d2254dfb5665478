import { z } from "zod";
import type { DatabaseInfo, StatusView } from "../nestegg";
import { backupStateSchema } from "./input";
import { operationSchema } from "./output";

const link = z.object({ text: z.string(), href: z.string() }).nullable();
const faultReason = z.enum([
  "held",
  "not-duckdb",
  "newer-engine",
  "damaged",
  "wal-damaged",
  "missing",
  "no-permission",
  "unknown",
]);
const databaseState = z.enum(["open", "opening", "unusable", "closed"]);

export const statusSchema = z.object({
  protection: z.object({
    status: z.enum(["safe", "at-risk", "unprotected", "unknown"]),
    title: z.string(),
    line: z.string(),
    link,
    reasons: z.array(z.object({ code: z.string(), text: z.string(), href: z.string().nullable() })),
  }),
  attention: z.object({ code: z.string(), text: z.string(), tone: z.enum(["danger", "warn"]), link }).nullable(),
  database: z.object({
    name: z.string(),
    fileBytes: z.number(),
    walBytes: z.number(),
    engineVersion: z.string(),
    state: databaseState,
    faultReason: faultReason.nullable(),
    lastChangeAt: z.string().nullable(),
    changedSinceBackup: z.boolean(),
  }),
  newestGood: z.object({ id: z.string(), timestamp: z.string(), state: backupStateSchema }).nullable(),
  loss: z.object({ seconds: z.number().nullable(), walBytes: z.number() }),
  recoverySeconds: z.number().nullable(),
  recoveryMeasured: z.object({ by: z.enum(["restore", "drill"]), at: z.string() }).nullable(),
  next: z.object({ state: z.enum(["planned", "paused", "off"]), at: z.string().nullable(), text: z.string() }),
  stored: z.object({ bytes: z.number(), count: z.number(), monthlyDollars: z.number().nullable() }),
  timeline: z.array(z.object({ id: z.string(), at: z.string(), bytes: z.number(), state: backupStateSchema })),
  days: z.array(z.object({ date: z.string(), good: z.number(), failed: z.number() })),
  sizes: z.array(z.object({ at: z.string(), bytes: z.number(), sentBytes: z.number() })),
  recent: z.array(operationSchema),
  running: z.array(operationSchema),
  checks: z.array(
    z.object({
      code: z.string(),
      state: z.enum(["pass", "warn", "fail"]),
      title: z.string(),
      text: z.string(),
      href: z.string().nullable(),
    }),
  ),
  counts: z.object({ backups: z.number(), running: z.number() }),
  stop: z.object({ seconds: z.number().nullable(), budgetSeconds: z.number(), fits: z.boolean(), text: z.string() }),
  at: z.string(),
}) satisfies z.ZodType<StatusView>;

const tableSchema = z.object({
  schema: z.string(),
  name: z.string(),
  rows: z.number(),
  columns: z.number(),
  estimated: z.literal(true).optional(),
});
export const tablesSchema = z.array(tableSchema);

/** Dates stay dates here: tRPC's transformer carries them. */
export const databaseInfoSchema = z.object({
  state: databaseState,
  fault: z
    .object({
      reason: faultReason,
      message: z.string(),
      hint: z.string(),
    })
    .nullable(),
  name: z.string(),
  path: z.string(),
  statistics: z
    .object({
      fileBytes: z.number(),
      walBytes: z.number(),
      lastCheckpointAt: z.date().nullable(),
      lastChangeAt: z.date().nullable(),
      changes: z.number(),
      snapshotHeld: z.boolean(),
      gate: z.enum(["open", "closed"]),
      trouble: z.object({ message: z.string(), since: z.date() }).nullable(),
      engineVersion: z.string(),
      storageVersion: z.string(),
      tables: tablesSchema,
    })
    .nullable(),
}) satisfies z.ZodType<DatabaseInfo>;
