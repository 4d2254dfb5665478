import { z } from "zod";
import { SCHEDULE_PRESETS, type ScheduleView } from "../nestegg-operate";

export const scheduleSchema = z.object({
  settings: z.object({
    enabled: z.boolean(),
    preset: z.enum(SCHEDULE_PRESETS),
    cron: z.string(),
    time: z.string(),
    weekday: z.number(),
    timeZone: z.string(),
    jitterMinutes: z.number(),
    onlyIfChanged: z.boolean(),
  }),
  source: z.enum(["default", "environment", "dashboard"]),
  pause: z.object({ reason: z.string(), until: z.string(), by: z.string(), since: z.string() }).nullable(),
  backupEnabled: z.boolean(),
  next: z.array(z.string()),
  nextRunAt: z.string().nullable(),
  lastRun: z.object({ at: z.string(), state: z.string(), operationId: z.string().nullable() }).nullable(),
  overdueSince: z.string().nullable(),
  intervalSeconds: z.number().nullable(),
}) satisfies z.ZodType<ScheduleView>;
