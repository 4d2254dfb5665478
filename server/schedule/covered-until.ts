import { graceMs } from "./overdue";
import type { ScheduleDeps } from "./schedule-deps";
import type { ScheduleState } from "./schedule-state";

export interface CoverFacts {
  now: Date;
  /** What the bucket's list says. */
  listed: ReturnType<ScheduleDeps["coveredUntil"]>;
  /** What the schedule itself has noted. */
  lastGood: ScheduleState["lastGood"];
}

/** Up to when a good backup, or a recorded "nothing has changed since", covers the database; null: nothing does. */
export function coveredUntil({ now, listed, lastGood }: CoverFacts): Date | null {
  // One from the future was made while the clock was wrong: it says nothing of today, and hides the newer ones.
  const unclear = listed === "unknown" || (listed !== null && listed.getTime() > now.getTime() + graceMs(0));
  const good = lastGood && (unclear || !lastGood.stored) ? new Date(lastGood.at) : null;
  if (unclear || !listed) return good;
  return good && good > listed ? good : listed;
}
