import type { ChannelRow, MatterRow } from "../control/alert-records";
import type { AlertMessage, AlertNotice } from "../nestegg-operate";

const HOUR_MS = 3_600_000;
/** Long enough for somebody to have acted, short enough to be of use the same night. */
export const FIRST_REMINDER_MS = HOUR_MS;
export const NEXT_REMINDER_MS = 24 * HOUR_MS;
/** The same that stands alone is told once in this time: a guesser at the sign-in must not fill a channel. */
export const QUIET_MS = HOUR_MS;

export interface Telling {
  channelId: string;
  kind: AlertMessage["kind"];
}

export interface Judgement {
  /** As it is from now on; null: it is over; undefined: as it was. */
  matter: MatterRow | null | undefined;
  tell: Telling[];
}

const NOTHING: Judgement = { matter: undefined, tell: [] };

/** Who hears of it: a trouble of one key once, its end those that heard, and what stands alone everybody who asked for it. */
export function judgeNotice(
  notice: AlertNotice,
  known: MatterRow | undefined,
  channels: ChannelRow[],
  now: Date,
): Judgement {
  if (notice.kind === "recovered") {
    if (!known || !isTrouble(known)) return NOTHING;
    const told = channels.filter(({ id, enabled }) => enabled && known.heard.includes(id));
    return { matter: null, tell: told.map(({ id }) => ({ channelId: id, kind: "recovered" })) };
  }
  const isNew = { key: notice.key, notice, since: now.toISOString() };
  if (notice.kind === "happened") {
    if (known && isWithin(now.getTime() - Date.parse(known.since), QUIET_MS)) return NOTHING;
    // A ping channel knows up and down only; nothing would set it up again.
    const to = listeners(notice, channels).filter(({ kind }) => kind !== "ping");
    return {
      matter: { ...isNew, remindAt: null, heard: [] },
      tell: to.map(({ id }) => ({ channelId: id, kind: "happened" })),
    };
  }
  // The newest words are for the reminder.
  if (known && isTrouble(known)) return { matter: { ...known, notice }, tell: [] };
  const to = listeners(notice, channels);
  return {
    matter: { ...isNew, remindAt: later(now, FIRST_REMINDER_MS), heard: to.map(({ id }) => id) },
    tell: to.map(({ id }) => ({ channelId: id, kind: "trouble" })),
  };
}

/** A trouble that lasts is told again, also to channels that were made since. What only kept something quiet is forgotten. */
export function judgeTime(matter: MatterRow, channels: ChannelRow[], now: Date): Judgement {
  if (matter.remindAt === null) {
    return isWithin(now.getTime() - Date.parse(matter.since), QUIET_MS) ? NOTHING : { matter: null, tell: [] };
  }
  const left = Date.parse(matter.remindAt) - now.getTime();
  // A clock that was set back must not put the reminder off for longer than it ever waits.
  if (left > 0 && left <= NEXT_REMINDER_MS) return NOTHING;
  const to = listeners(matter.notice, channels);
  const heard = [...new Set([...matter.heard, ...to.map(({ id }) => id)])];
  return {
    matter: { ...matter, heard, remindAt: later(now, NEXT_REMINDER_MS) },
    tell: to.map(({ id }) => ({ channelId: id, kind: "reminder" })),
  };
}

export function isTrouble({ remindAt }: MatterRow): boolean {
  return remindAt !== null;
}

function listeners({ event }: AlertNotice, channels: ChannelRow[]): ChannelRow[] {
  return channels.filter(({ enabled, events }) => enabled && events.includes(event));
}

function isWithin(elapsedMs: number, limitMs: number): boolean {
  return elapsedMs >= 0 && elapsedMs < limitMs;
}

function later(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}
