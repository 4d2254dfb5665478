import type { AlertNotice, ScheduleSettings } from "../nestegg-operate";
import { dayAndTime, scheduleWords } from "./words";

interface Overdue {
  since: Date;
  settings: ScheduleSettings;
  /** What a run waits for; null: it could begin. */
  hindrance: string | null;
}

export function overdueNotice({ since, settings, hindrance }: Overdue): AlertNotice {
  const waits = hindrance ? ` It waits: ${hindrance}.` : "";
  return {
    event: "backup-overdue",
    key: "overdue",
    kind: "trouble",
    title: "The scheduled backup is overdue",
    text: `A backup was expected ${scheduleWords(settings)}; none has been good since the one due at ${dayAndTime(since)} UTC. What was written since the last good one is in no backup.${waits}`,
    hint: "Open Activity: the last run says why it failed. “Backup now” tries at once.",
  };
}

/** `expected` false: switched off or paused meanwhile. */
export function recoveredNotice(expected: boolean): AlertNotice {
  return {
    event: "backup-overdue",
    key: "overdue",
    kind: "recovered",
    title: "The scheduled backup is no longer overdue",
    text: expected
      ? "A good backup is there again."
      : "Scheduled backups are switched off or paused now, so none is expected.",
    hint: null,
  };
}
