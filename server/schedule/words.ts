import type { SchedulePause, ScheduleSettings } from "../nestegg-operate";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** "every 6 hours", "daily at 03:00, Asia/Taipei": how often, to stand in a sentence. */
export function scheduleWords({ preset, time, weekday, cron, timeZone }: ScheduleSettings): string {
  switch (preset) {
    case "hourly":
      return "every hour";
    case "every-6-hours":
      return "every 6 hours";
    case "daily":
      return `daily at ${time} ${timeZone}`;
    case "weekly":
      return `every ${WEEKDAYS[weekday] ?? "Sunday"} at ${time} ${timeZone}`;
    case "cron":
      return `by the cron line “${cron}”, ${timeZone}`;
  }
}

/** "paused until 24 Nov, 14:00 UTC: moving the bucket". */
export function pauseWords({ until, reason }: SchedulePause): string {
  return `paused until ${dayAndTime(new Date(until))} UTC: ${reason}`;
}

/** "24 Nov, 14:00", in UTC. */
export function dayAndTime(at: Date): string {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(at);
  const day = format({ day: "numeric", month: "short" }).replace("Sept", "Sep");
  return `${day}, ${format({ hour: "2-digit", minute: "2-digit" })}`;
}
