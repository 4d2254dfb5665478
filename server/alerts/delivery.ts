import type { ChannelRow, DeliveryRow } from "../control/alert-records";
import type { SendResult } from "./send-http";

/** Pauses after the first try, the second and so on; after the last try it is given up, about an hour and a quarter on. */
export const RETRY_PAUSES_MS = [30_000, 2 * 60_000, 10 * 60_000, 60 * 60_000];
/** One slow minute of the other side is not its end. */
export const DEAD_AFTER_FAILURES = 3;
const LONGEST_PAUSE_MS = Math.max(...RETRY_PAUSES_MS);

export function isDue({ nextTryAt }: DeliveryRow, now: Date): boolean {
  if (nextTryAt === null) return true;
  const left = Date.parse(nextTryAt) - now.getTime();
  // A clock that was set back must not keep it for longer than it ever waits.
  return left <= 0 || left > LONGEST_PAUSE_MS;
}

/** In one line each thing is sent after the one before it: an end never arrives before its beginning. */
export function lineOf({ channelId, key }: DeliveryRow, channel: ChannelRow | undefined): string {
  // A ping channel knows up and down: there the order of all matters counts.
  return channel?.kind === "ping" ? channelId : `${channelId} ${key}`;
}

export function afterTry(delivery: DeliveryRow, { ok, answer }: SendResult, now: Date): DeliveryRow {
  const attempts = delivery.attempts + 1;
  const pause = RETRY_PAUSES_MS[attempts - 1];
  const tried = { ...delivery, attempts, answer };
  if (ok) return { ...tried, state: "sent", finishedAt: now.toISOString(), nextTryAt: null };
  if (pause === undefined || delivery.kind === "test") return givenUp(tried, now);
  return { ...tried, nextTryAt: new Date(now.getTime() + pause).toISOString() };
}

export function givenUp(delivery: DeliveryRow, now: Date, answer = delivery.answer): DeliveryRow {
  return { ...delivery, state: "failed", finishedAt: now.toISOString(), nextTryAt: null, answer };
}

export function channelAfterTry(channel: ChannelRow, { ok }: SendResult, now: Date): ChannelRow {
  if (ok) return { ...channel, failures: 0, failingSince: null };
  return { ...channel, failures: channel.failures + 1, failingSince: channel.failingSince ?? now.toISOString() };
}

export function isDead({ failures }: Pick<ChannelRow, "failures">): boolean {
  return failures >= DEAD_AFTER_FAILURES;
}
