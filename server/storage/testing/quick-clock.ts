import { type Clock, systemClock } from "../../clock";

/** Long enough for other work to run in between, so that a retry is not a busy loop. */
const LONGEST_PAUSE_MS = 3;

/** Real time, but nobody waits: pauses are noted and cut short. */
export function createQuickClock(): Clock & { pauses: number[] } {
  const pauses: number[] = [];
  return {
    ...systemClock,
    pauses,
    sleep(ms, signal) {
      pauses.push(ms);
      return systemClock.sleep(Math.min(ms, LONGEST_PAUSE_MS), signal);
    },
  };
}
