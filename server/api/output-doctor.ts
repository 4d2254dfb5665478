import { z } from "zod";
import type { DoctorReport, DrillView } from "../nestegg-operate";

export const doctorReportSchema = z.object({
  at: z.string(),
  durationMs: z.number(),
  rows: z.array(
    z.object({
      code: z.string(),
      group: z.enum(["storage", "path", "backups", "database", "machine"]),
      state: z.enum(["ok", "warning", "fault", "skipped"]),
      title: z.string(),
      text: z.string(),
      hint: z.string().nullable(),
    }),
  ),
}) satisfies z.ZodType<DoctorReport>;

export const drillViewSchema = z.object({
  settings: z.object({ enabled: z.boolean(), everyDays: z.number() }),
  source: z.enum(["default", "environment", "dashboard"]),
  nextAt: z.string().nullable(),
  results: z.array(
    z.object({
      operationId: z.string(),
      at: z.string(),
      backupId: z.string(),
      state: z.enum(["ok", "failed"]),
      durationMs: z.number(),
      bytes: z.number(),
      rows: z.number(),
      error: z.string().nullable(),
    }),
  ),
}) satisfies z.ZodType<DrillView>;
