import { z } from "zod";
import type { BucketRulesView, RetentionPreview, RetentionView } from "../nestegg-operate";
import { retentionPolicyInput } from "./input-retention";

const problem = z.object({ code: z.string(), text: z.string(), hint: z.string() }).nullable();

export const retentionPreviewSchema = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      type: z.enum(["shutdown", "manual", "scheduled", "safety", "upload"]),
      timestamp: z.string(),
      bytes: z.number(),
      stays: z.boolean(),
      why: z.string(),
      goesAt: z.string().nullable(),
    }),
  ),
  keeps: z.number(),
  deletes: z.number(),
  deletesBytes: z.number(),
  needsConfirmation: z.boolean(),
  blocked: problem,
  acceptNewest: z.string().nullable(),
  digest: z.string(),
}) satisfies z.ZodType<RetentionPreview>;

export const retentionSchema = z.object({
  policy: retentionPolicyInput,
  source: z.enum(["default", "environment", "dashboard"]),
  preview: retentionPreviewSchema,
  lastRun: z.object({ at: z.string(), summary: z.string(), operationId: z.string() }).nullable(),
  nextRunAt: z.string().nullable(),
}) satisfies z.ZodType<RetentionView>;

export const bucketRulesSchema = z.object({
  supported: z.boolean(),
  readAt: z.string().nullable(),
  rules: z.array(
    z.object({
      id: z.string(),
      ours: z.boolean(),
      prefix: z.string(),
      expireDays: z.number().nullable(),
      abortDays: z.number().nullable(),
      enabled: z.boolean(),
    }),
  ),
  missing: z.array(z.object({ what: z.enum(["expire", "abort"]), text: z.string() })),
  warnings: z.array(z.string()),
  problem,
  asJson: z.string(),
}) satisfies z.ZodType<BucketRulesView>;
