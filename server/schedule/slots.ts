import { cronOf } from "../cron-line";
import type { ScheduleSettings } from "../nestegg-operate";

const HOUR_MS = 3_600_000;

/** When runs are due. A slot is a moment in whole seconds; jitter comes on top of it. */
export interface Plan {
  /** The first slot later than `after`; null when there is none any more. Never `after` itself, and never earlier for a later one. */
  nextAfter(after: Date): Date | null;
}

/**
 * Hourly and every six hours are lengths, counted from the first start of this server, so that no clock change makes one longer or
 * shorter. Daily, weekly and cron follow the wall clock of their zone.
 */
export function planOf(settings: ScheduleSettings, anchor: Date): Plan {
  switch (settings.preset) {
    case "hourly":
      return everyFrom(anchor, HOUR_MS);
    case "every-6-hours":
      return everyFrom(anchor, 6 * HOUR_MS);
    default:
      return byWallClock(cronLineOf(settings), settings.timeZone);
  }
}

/** The wall clock's presets are cron lines as well. */
export function cronLineOf({ preset, cron, time, weekday }: ScheduleSettings): string {
  if (preset === "cron") return cron.trim().split(/\s+/).join(" ");
  const [hour, minute] = time.split(":").map(Number);
  return `${minute} ${hour} * * ${preset === "weekly" ? weekday : "*"}`;
}

export function slotsAfter(plan: Plan, after: Date, count: number): Date[] {
  const slots: Date[] = [];
  for (let slot = plan.nextAfter(after); slot && slots.length < count; slot = plan.nextAfter(slot)) slots.push(slot);
  return slots;
}

function everyFrom(anchor: Date, everyMs: number): Plan {
  const start = Math.floor(anchor.getTime() / 1000) * 1000;
  return {
    nextAfter: (after) => new Date(start + (Math.floor((after.getTime() - start) / everyMs) + 1) * everyMs),
  };
}

function byWallClock(line: string, timeZone: string): Plan {
  const cron = cronOf(line, timeZone);
  return { nextAfter: (after) => cron.nextRun(after) };
}
