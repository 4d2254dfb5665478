import { z } from "zod";
import type { Clock } from "../clock";
import type { Memory } from "../control/types";
import type { Log } from "../log";
import type { SchedulePause } from "../nestegg-operate";

const moment = z.iso.datetime();

/** What must outlive the process, in the control database: a slot that has had its run has none again. */
export const scheduleStateSchema = z.object({
  /** The first start of this server. */
  anchor: moment,
  /** Every slot up to here has had its run, or was not to have one. */
  settledUntil: moment,
  /** Slots up to here are not asked for by "overdue". */
  countsFrom: moment,
  lastRun: z.object({ at: moment, operationId: z.string() }).nullable(),
  /** When a scheduled run last began that ended well; `stored` false: nothing had changed, so no object tells of it. */
  lastGood: z.object({ at: moment, stored: z.boolean() }).nullable(),
  /** A run that failed is tried again before the next slot: a week is long for a storage that was away for minutes. */
  retry: z.object({ at: moment, failures: z.number().int() }).nullable(),
  /** The slot that the alerts were told of and that is not made good yet. */
  overdueTold: moment.nullable(),
  /** Share of the longest delay that the next run takes: drawn anew for each, lasting so that the page can say when. */
  jitterShare: z.number().min(0).max(1),
  pause: z
    .object({ reason: z.string(), until: moment, by: z.string(), since: moment })
    .nullable() satisfies z.ZodType<SchedulePause | null>,
});

export type ScheduleState = z.infer<typeof scheduleStateSchema>;

export function firstState(clock: Clock): ScheduleState {
  const now = clock.now().toISOString();
  return {
    anchor: now,
    settledUntil: now,
    countsFrom: now,
    lastRun: null,
    lastGood: null,
    retry: null,
    overdueTold: null,
    jitterShare: drawShare(clock),
    pause: null,
  };
}

export function drawShare(clock: Clock): number {
  return Number.parseInt(clock.randomHex(4), 16) / 0xffff_ffff;
}

/** Doubled with each failure: a storage that is away for a day is not asked a hundred times. */
const RETRY_MS = 15 * 60_000;
const RETRY_DOUBLINGS = 4;

/** When a run is tried again that failed now, after so many failures before. */
export function retryAfter(now: Date, failures: number): ScheduleState["retry"] {
  const waitMs = RETRY_MS * 2 ** Math.min(failures, RETRY_DOUBLINGS);
  return { at: new Date(now.getTime() + waitMs).toISOString(), failures: failures + 1 };
}

/** Clocks are corrected by seconds; more than this is another time. */
const BACKWARD_LIMIT_MS = 5 * 60_000;

/**
 * The same after the clock went back: times that are in the future now would keep runs and alerts silent until then. A correction
 * by seconds changes nothing, so that the slot of a moment ago is not run twice.
 */
export function afterClockJump(state: ScheduleState, now: Date): ScheduleState {
  const limit = now.getTime() + BACKWARD_LIMIT_MS;
  const ahead = (iso: string) => Date.parse(iso) > limit;
  const { settledUntil, countsFrom, lastGood } = state;
  if (![settledUntil, countsFrom, ...(lastGood ? [lastGood.at] : [])].some(ahead)) return state;
  const notAhead = (iso: string) => (ahead(iso) ? now.toISOString() : iso);
  return {
    ...state,
    settledUntil: notAhead(settledUntil),
    countsFrom: now.toISOString(),
    lastGood: lastGood && { ...lastGood, at: notAhead(lastGood.at) },
    retry: null,
  };
}

/** A pause holds between its two ends only: a clock that went back must not make it longer. */
export function pauseHolds({ since, until }: SchedulePause, now: Date): boolean {
  const at = now.getTime();
  return at < Date.parse(until) && at >= Date.parse(since) - BACKWARD_LIMIT_MS;
}

/** What is kept under that name; null where nothing is, or where it is not what it should be, which the log then says. */
export async function readKept<T>(memory: Memory, name: string, schema: z.ZodType<T>, log: Log): Promise<T | null> {
  const text = await memory.get(name);
  if (text === null) return null;
  const parsed = z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch {
        context.addIssue("no JSON");
        return z.NEVER;
      }
    })
    .pipe(schema)
    .safeParse(text);
  if (parsed.success) return parsed.data;
  log.error({ name, faults: parsed.error.issues }, "a record of the schedule cannot be read; its default holds");
  return null;
}
