import type { AppErrorShape } from "@/server/api/trpc";
import type { ScheduleView } from "./schedule";

type Settings = ScheduleView["settings"];
export type ScheduleErrors = Partial<Record<"cron" | "time" | "timeZone" | "jitterMinutes", string>>;

const JITTER_MAX_MINUTES = 60;

/** What can be said without the server; it judges zones and cron lines itself. */
export function faultsOf({ time, timeZone, jitterMinutes, cron, preset }: Settings): ScheduleErrors {
  return {
    ...(onTheClock(preset) && !/^\d\d:\d\d$/.test(time) && { time: "Choose a time of the day." }),
    ...(timeZone.trim() === "" && { timeZone: "Name a time zone, such as UTC." }),
    ...(preset === "cron" && cron.trim() === "" && { cron: "Write a cron line, such as 30 3 * * 1-5." }),
    ...(!(Number.isInteger(jitterMinutes) && jitterMinutes >= 0 && jitterMinutes <= JITTER_MAX_MINUTES) && {
      jitterMinutes: `Use whole minutes, ${JITTER_MAX_MINUTES} at most.`,
    }),
  };
}

/** At its field, where the server's words are about one. */
export function fieldOfError({ code, message, hint }: AppErrorShape): ScheduleErrors {
  if (code !== "invalid_input") return {};
  const text = hint ? `${message} ${hint}` : message;
  if (/cron line/.test(message)) return { cron: text };
  if (/time zone/.test(message)) return { timeZone: text };
  if (/delay/i.test(message)) return { jitterMinutes: text };
  return {};
}

export function onTheClock(preset: Settings["preset"]): boolean {
  return preset === "daily" || preset === "weekly";
}

export function sameSettings(a: Settings, b: Settings): boolean {
  return (Object.keys(a) as (keyof Settings)[]).every((name) => a[name] === b[name]);
}
