import type { Plan } from "./slots";

const HOUR_MS = 3_600_000;
/** Weekly lines come five times in it, and both clock changes of a year are seen in time. */
const HORIZON_MS = 35 * 24 * HOUR_MS;
/** A line that comes once a year has its length too. */
const LEAST_SLOTS = 3;
const SHORTEST_OF = 12;

/**
 * The longest time between two slots of the next weeks; null without two slots. Dense lines are looked at once an hour: the longest
 * wait seen then ends at the slot that ends the longest gap.
 */
export function longestGapMs(plan: Plan, from: Date): number | null {
  const end = from.getTime() + HORIZON_MS;
  let probe = plan.nextAfter(from)?.getTime() ?? null;
  let longest: { probe: number; slot: number } | null = null;
  for (let seen = 0; probe !== null && (probe < end || seen < LEAST_SLOTS); seen++) {
    const slot = plan.nextAfter(new Date(probe))?.getTime();
    if (slot === undefined) break;
    if (!longest || slot - probe > longest.slot - longest.probe) longest = { probe, slot };
    probe = Math.max(slot, probe + HOUR_MS);
  }
  return longest ? longest.slot - slotBefore(plan, longest.slot, longest.probe) : null;
}

/** No two of the next slots are closer. */
export function shortestGapMs(plan: Plan, from: Date): number | null {
  let shortest: number | null = null;
  let slot = plan.nextAfter(from);
  for (let seen = 0; slot && seen < SHORTEST_OF; seen++) {
    const next = plan.nextAfter(slot);
    if (!next) break;
    const gap = next.getTime() - slot.getTime();
    shortest = shortest === null ? gap : Math.min(shortest, gap);
    slot = next;
  }
  return shortest;
}

/** The last slot earlier than `slot`; `probe`, a moment less than an hour after it, when it is a slot itself. */
function slotBefore(plan: Plan, slot: number, probe: number): number {
  let before = probe;
  let next = plan.nextAfter(new Date(probe - HOUR_MS));
  while (next && next.getTime() < slot) {
    before = next.getTime();
    next = plan.nextAfter(next);
  }
  return before;
}
