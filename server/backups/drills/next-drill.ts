import type { DrillSettings } from "../../nestegg-operate";
import type { DrillAttempt } from "./drill-records";

const DAY_MS = 24 * 3_600_000;
/** Also for the first one, counted from when there was something to drill: a new server has other things to do. */
const AGAIN_MS = DAY_MS;

/**
 * When the next drill is due; null while they are off or nothing could be drilled yet. One that failed, was cancelled or cut off is
 * tried again after a day, however long the interval is.
 */
export function nextDrillAt(settings: DrillSettings, attempt: DrillAttempt | null): Date | null {
  if (!settings.enabled || !attempt) return null;
  const interval = settings.everyDays * DAY_MS;
  return new Date(Date.parse(attempt.at) + (attempt.ended === "ok" ? interval : Math.min(interval, AGAIN_MS)));
}
