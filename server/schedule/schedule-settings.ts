import { z } from "zod";
import { cronFault, isTimeZone } from "../cron-line";
import { AppError } from "../errors";
import { SCHEDULE_PRESETS, type ScheduleSettings } from "../nestegg-operate";
import { shortestGapMs } from "./gaps";
import { planOf } from "./slots";

const MINUTE_MS = 60_000;
export const JITTER_MAX_MINUTES = 60;

/** As it is stored; read again at start, so an older or damaged text is not taken for settings. */
export const scheduleSettingsSchema = z.object({
  enabled: z.boolean(),
  preset: z.enum(SCHEDULE_PRESETS),
  cron: z.string().max(200),
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "use a time of the day such as 03:00"),
  weekday: z.number().int().min(0).max(6),
  timeZone: z.string().min(1).max(100),
  jitterMinutes: z.number().int().min(0).max(JITTER_MAX_MINUTES),
  onlyIfChanged: z.boolean(),
}) satisfies z.ZodType<ScheduleSettings>;

/** Throws `invalid_input` with what is wrong with the zone, the line or the jitter. */
export function requireSound(settings: ScheduleSettings, now: Date): void {
  if (!isTimeZone(settings.timeZone)) {
    throw refused(
      `“${settings.timeZone}” is no time zone that this machine knows`,
      "Use an IANA name such as Europe/Berlin, Asia/Taipei or UTC.",
    );
  }
  if (settings.preset === "cron") {
    const fault = cronFault(settings.cron, now);
    if (fault) throw refused(`The cron line was not taken: ${fault}`, "“30 3 * * 1-5” is half past three on weekdays.");
  }
  const gapMs = shortestGapMs(planOf(settings, now), now);
  if (gapMs !== null && settings.jitterMinutes * MINUTE_MS * 2 > gapMs) {
    const most = Math.floor(gapMs / 2 / MINUTE_MS);
    throw refused(
      `A delay of up to ${minutes(settings.jitterMinutes)} is too long for runs that are ${minutes(Math.round(gapMs / MINUTE_MS))} apart`,
      most === 0 ? "Use 0 minutes." : `Use at most ${minutes(most)}.`,
    );
  }
}

export function sameSettings(a: ScheduleSettings, b: ScheduleSettings): boolean {
  return (Object.keys(a) as (keyof ScheduleSettings)[]).every((name) => a[name] === b[name]);
}

function minutes(count: number): string {
  return `${count} ${count === 1 ? "minute" : "minutes"}`;
}

function refused(what: string, hint: string): AppError {
  return new AppError("invalid_input", `${what}; the schedule stays as it is.`, { hint });
}
