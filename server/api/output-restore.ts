import { z } from "zod";
import type { KeptDatabase, RestorePreview, TableChange, UndoPreview, UploadView } from "../nestegg-restore";
import { backupStateSchema } from "./input";

const moment = z.string().describe("ISO 8601, UTC");
const compared = z
  .enum(["content", "counts", "none"])
  .describe("`content`: equal counts with other values are found too; `counts`: they are not.");

const tableChangeSchema = z.object({
  schema: z.string(),
  name: z.string(),
  liveRows: z.number().nullable(),
  backupRows: z.number().nullable(),
  change: z.enum(["same", "added", "removed", "changed", "back", "gone"]),
  schemaChanges: z.array(z.string()),
}) satisfies z.ZodType<TableChange>;

const blockersSchema = z
  .array(
    z.object({
      code: z.enum([
        "damaged",
        "missing",
        "deleting",
        "newer-engine",
        "disk",
        "restore-running",
        "waits",
        "held",
        "folder",
      ]),
      text: z.string(),
      hint: z.string().nullable(),
      operationId: z.string().nullable(),
    }),
  )
  .describe("In the way now; one with the code `waits` may be started and waits by itself.");

export const restorePreviewSchema = z.object({
  id: z.string(),
  timestamp: moment,
  state: backupStateSchema,
  bytes: z.number(),
  liveBytes: z.number(),
  engine: z.object({ duckdb: z.string(), storageVersion: z.string() }).nullable(),
  liveEngine: z.object({ duckdb: z.string(), storageVersion: z.string().nullable() }),
  upgradeNote: z.string().nullable(),
  tables: z.array(tableChangeSchema).nullable().describe("Null: not known before a verification."),
  compared,
  lastChangeAt: moment.nullable(),
  changesSince: z.number().nullable().describe("Transactions committed after the backup; null: not known."),
  disk: z.object({ neededBytes: z.number(), freeBytes: z.number() }),
  estimate: z.object({ seconds: z.number(), basis: z.string() }).nullable(),
  blockers: blockersSchema,
  notes: z.array(z.string()),
  keepsForDays: z.number(),
}) satisfies z.ZodType<RestorePreview>;

export const keptDatabaseSchema = z.object({
  name: z.string(),
  bytes: z.number(),
  replacedAt: moment,
  replacedBy: z.string(),
  backupId: z.string().nullable(),
  actor: z.string(),
  operationId: z.string().nullable(),
  safetyBackupId: z.string().nullable(),
  uncovered: z.boolean().describe("Holds changes that are in no backup: it is uploaded before it may go."),
  expiresAt: moment,
  newest: z.boolean().describe("The one that an undo brings back."),
}) satisfies z.ZodType<KeptDatabase>;

export const undoPreviewSchema = z.object({
  kept: keptDatabaseSchema,
  tables: z.array(tableChangeSchema).nullable(),
  compared,
  changesSince: z.number().nullable(),
  lastChangeAt: moment.nullable(),
  blockers: blockersSchema,
}) satisfies z.ZodType<UndoPreview>;

export const uploadSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  bytes: z.number(),
  partBytes: z.number().describe("Length of every part but the last, which may be shorter."),
  parts: z.number(),
  received: z.array(z.number()).describe("Numbers of the parts that are there, from 0, ascending."),
  startedAt: moment,
  operationId: z.string().nullable(),
}) satisfies z.ZodType<UploadView>;
