import pLimit from "p-limit";
import type { Clock } from "../clock";
import type { DeliveryRow } from "../control/alert-records";
import type { AlertChannelSettings } from "../nestegg-operate";
import type { Book } from "./book";
import { afterTry, channelAfterTry, givenUp, isDead, isDue, lineOf } from "./delivery";
import type { Postman } from "./postman";
import type { SendResult } from "./send-http";

export interface DeliverDeps {
  book: Book;
  postman: Postman;
  clock: Clock;
  /** Null: it was sealed under another secret. */
  open(sealed: string): AlertChannelSettings | null;
  /** A channel has died or come back. */
  changed(): void;
}

/** At once; a dead one then holds up few others until its time is over. */
const TRIES_AT_ONCE = 4;
export const UNREADABLE =
  "Not tried: AUTH_SECRET has changed, so the address and secrets of this channel cannot be read; enter them again";
const UNHEARD = "Not sent: the trouble itself never reached this channel";

/** Sends all that is due, each in its line, until nothing is or the signal ends it. Never rejects. */
export async function deliverDue(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const limit = pLimit(TRIES_AT_ONCE);
  for (;;) {
    const due = firstOfLines(deps.book, deps.clock.now());
    if (due.length === 0 || signal.aborted) return;
    const settled = await Promise.all(due.map((delivery) => limit(() => deliverOne(deps, delivery, signal))));
    // Ended by the signal: nothing has changed, and another round would find the same.
    if (settled.includes(false)) return;
  }
}

function firstOfLines(book: Book, now: Date): DeliveryRow[] {
  const first = new Map<string, DeliveryRow>();
  for (const delivery of book.waiting()) {
    const line = lineOf(delivery, book.channel(delivery.channelId));
    if (!first.has(line)) first.set(line, delivery);
  }
  return [...first.values()].filter((delivery) => isDue(delivery, now));
}

async function deliverOne(deps: DeliverDeps, delivery: DeliveryRow, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const result = await trySending(deps, delivery, signal);
  if (!result) return false;
  await settle(deps, delivery, result);
  return true;
}

export async function trySending(
  { book, postman, open }: DeliverDeps,
  { id, channelId, message }: DeliveryRow,
  signal: AbortSignal,
): Promise<SendResult | null> {
  const channel = book.channel(channelId);
  const settings = channel ? open(channel.sealed) : null;
  if (!settings) return { ok: false, answer: UNREADABLE };
  return postman.send(settings, { id, message }, signal);
}

/** Keeps what came of a try: the delivery's next one, how the channel is, and who has not heard of the matter after all. */
export async function settle(
  { book, clock, changed }: DeliverDeps,
  delivery: DeliveryRow,
  result: SendResult,
): Promise<void> {
  const now = clock.now();
  const channel = book.channel(delivery.channelId);
  if (!channel) return;
  const tried = afterTry(delivery, result, now);
  const after = channelAfterTry(channel, result, now);
  const unheard = tried.state === "failed" && (tried.kind === "trouble" || tried.kind === "reminder");
  const matter = unheard ? book.matter(delivery.key) : undefined;
  const behind = book
    .waiting()
    .filter((one) => one.channelId === channel.id && one.key === delivery.key && one.kind === "recovered");
  await book.note({
    channels: [after],
    matters: matter ? [{ ...matter, heard: matter.heard.filter((id) => id !== channel.id) }] : [],
    deliveries: [
      tried,
      ...(unheard && tried.kind === "trouble" ? behind.map((one) => givenUp(one, now, UNHEARD)) : []),
    ],
  });
  if (isDead(channel) !== isDead(after)) changed();
}
