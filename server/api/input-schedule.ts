import { z } from "zod";
import { SCHEDULE_PRESETS } from "../nestegg-operate";

const REASON_MAX_CHARACTERS = 200;

/** Zone, cron line and whether the delay fits are judged by the verb, which says what is wrong with them. */
export const scheduleInput = z.object({
  enabled: z.boolean(),
  preset: z.enum(SCHEDULE_PRESETS),
  cron: z.string().max(200, "at most 200 characters"),
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "use a time of the day such as 03:00"),
  weekday: z.number().int().min(0).max(6),
  timeZone: z.string().trim().min(1, "name a time zone, such as UTC").max(100),
  jitterMinutes: z.number().int("use whole minutes").min(0).max(60, "at most 60 minutes"),
  onlyIfChanged: z.boolean(),
});

/** `was`: what the form showed when it was opened. */
export const saveScheduleInput = scheduleInput.extend({ was: scheduleInput.optional() });

export const pauseInput = z.object({
  reason: z.string().trim().min(1, "say why").max(REASON_MAX_CHARACTERS, `at most ${REASON_MAX_CHARACTERS} characters`),
  until: z.iso.datetime({ offset: true, error: "use a time such as 2026-11-25T08:00:00Z" }),
});
