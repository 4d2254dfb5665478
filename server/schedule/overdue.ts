import type { Plan } from "./slots";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A large backup has this long after its slot; half an interval, but a weekly one is told the same day. */
const GRACE_MIN_MS = 5 * MINUTE_MS;
const GRACE_MAX_MS = 6 * HOUR_MS;

export interface OverdueFacts {
  now: Date;
  plan: Plan;
  intervalMs: number;
  jitterMs: number;
  /** The newest good backup, or recorded "nothing has changed since"; null: none. */
  coveredUntil: Date | null;
  /** Slots up to here are asked of nobody: first start, a change of the schedule, the end of a pause. */
  countsFrom: Date;
}

/** The slot that should have made a good backup and did not, once its grace is over; null: in time. */
export function overdueSlot(facts: OverdueFacts): Date | null {
  const from = Math.max(facts.countsFrom.getTime(), facts.coveredUntil?.getTime() ?? 0);
  const slot = facts.plan.nextAfter(new Date(from));
  if (!slot) return null;
  return slot.getTime() + facts.jitterMs + graceMs(facts.intervalMs) <= facts.now.getTime() ? slot : null;
}

/** Together with the interval this is the “one and a half intervals and 5 minutes” of the verdict, up to 12 hours. */
export function graceMs(intervalMs: number): number {
  return Math.min(GRACE_MAX_MS, GRACE_MIN_MS + intervalMs / 2);
}
