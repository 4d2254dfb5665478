import { z } from "zod";
import { cursorSchema, LIST_MAX } from "../input";
import { backupDetailSchema, backupSchema, operationSchema } from "../output";
import { keptDatabaseSchema, restorePreviewSchema, uploadSchema } from "../output-restore";

/** Words for a switch in an address; `?wait` alone means yes. */
export const flagSchema = z
  .enum(["", "true", "1", "false", "0"], { error: "use true or false" })
  .transform((word) => word !== "false" && word !== "0")
  .pipe(z.boolean())
  .default(false);

export const pageQuery = {
  limit: z.coerce
    .number({ error: "use a whole number" })
    .int("use a whole number")
    .min(1, `use a number from 1 to ${LIST_MAX}`)
    .max(LIST_MAX, `use a number from 1 to ${LIST_MAX}`)
    .default(LIST_MAX),
  cursor: cursorSchema.optional(),
};

export const backupRow = backupSchema.meta({ id: "Backup" });
export const operationRow = operationSchema.meta({ id: "Operation" });
const success = z.literal(true);

export const createdAnswer = z.object({
  success,
  backupId: z.string(),
  timestamp: z.string(),
  size: z.string().describe("Powers of ten, no space: 142MB."),
  tags: z.object({ type: z.string() }).catchall(z.string()),
  bytes: z.number(),
  operationId: z.string(),
  state: backupSchema.shape.state,
});
export const backupsAnswer = z.object({
  backups: z.array(backupRow),
  nextCursor: z.string().nullable(),
  readAt: z.string().nullable().describe("When the bucket was last read."),
  problem: z
    .object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable()
    .describe("Why it could not be read since; the list is then the last one."),
});
export const backupAnswer = z.object({ success, backup: backupRow });
export const backupDetailAnswer = z.object({ success, backup: backupDetailSchema });
export const deletedAnswer = z.object({ success, id: z.string(), deletesAt: z.string() });
export const operationAnswer = z.object({ success, operation: operationRow });
export const operationsAnswer = z.object({ operations: z.array(operationRow), nextCursor: z.string().nullable() });
export const restorePreviewAnswer = z.object({ success, preview: restorePreviewSchema });
export const keptAnswer = z.object({ kept: z.array(keptDatabaseSchema) });
export const uploadAnswer = z.object({ success, upload: uploadSchema.meta({ id: "Upload" }) });
export const droppedAnswer = z.object({ success });

export const failureAnswer = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.string().describe("For programs; from a closed list."),
      message: z.string().describe("What happened, and what it means for the data."),
      hint: z.string().nullable().describe("What to do next."),
    }),
  })
  .meta({ id: "Failure" });
