import type { Clock } from "../clock";
import type { ChannelRow, DeliveryRow } from "../control/alert-records";
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
  /** Whether anything of the trouble that began then has reached the channel. Never rejects. */
  wasTold(channelId: string, key: string, since: string): Promise<boolean>;
  /** A channel has died or come back. */
  changed(): void;
}

export const UNREADABLE =
  "Not tried: AUTH_SECRET has changed, so the address and secrets of this channel cannot be read; enter them again";
export const SWITCHED_OFF = "Not sent: the channel was switched off";
const UNHEARD = "Not sent: the trouble itself never reached this channel";

/** What a channel gets goes one after the other; no channel waits for another one. */
export interface Deliveries {
  /** Begins with the channels that are idle. Resolves when nothing is due anywhere or the signal has ended it; never rejects. */
  send(): Promise<void>;
}

export function createDeliveries(deps: DeliverDeps, signal: AbortSignal): Deliveries {
  const running = new Map<string, Promise<void>>();

  async function sendTo(channelId: string): Promise<void> {
    try {
      for (;;) {
        const delivery = signal.aborted ? undefined : nextFor(deps.book, channelId, deps.clock.now());
        if (!delivery || !(await deliverOne(deps, delivery, signal))) return;
      }
    } finally {
      // In the same breath as the last look: who begins something now must not find this one running.
      running.delete(channelId);
    }
  }

  return {
    async send() {
      for (const { id } of deps.book.channels()) {
        if (!running.has(id))
          running.set(
            id,
            Promise.resolve().then(() => sendTo(id)),
          );
      }
      await Promise.all(running.values());
    },
  };
}

function nextFor(book: Book, channelId: string, now: Date): DeliveryRow | undefined {
  const seen = new Set<string>();
  return book.waiting().find((delivery) => {
    if (delivery.channelId !== channelId) return false;
    const line = lineOf(delivery, book.channel(channelId));
    const isFirst = !seen.has(line);
    seen.add(line);
    return isFirst && isDue(delivery, now);
  });
}

/** False: the signal ended it, and nothing has changed. */
async function deliverOne(deps: DeliverDeps, delivery: DeliveryRow, signal: AbortSignal): Promise<boolean> {
  const channel = deps.book.channel(delivery.channelId);
  if (!channel) return false;
  if (!channel.enabled) {
    await deps.book.note({ deliveries: [givenUp(delivery, deps.clock.now(), SWITCHED_OFF)] });
    return true;
  }
  const result = await trySending(deps, delivery, channel, signal);
  if (!result) return false;
  await settle(deps, delivery, channel, result);
  return true;
}

export async function trySending(
  { postman, open }: DeliverDeps,
  { id, message }: DeliveryRow,
  channel: ChannelRow,
  signal: AbortSignal,
): Promise<SendResult | null> {
  const settings = open(channel.sealed);
  if (!settings) return { ok: false, answer: UNREADABLE };
  return postman.send(settings, { id, message }, signal);
}

/**
 * Keeps what came of a try: the delivery's next one, how the channel is, and who has not heard of the matter after all. An admin may
 * have changed, switched off or removed the channel meanwhile: that stands.
 */
export async function settle(
  { book, clock, wasTold, changed }: DeliverDeps,
  delivery: DeliveryRow,
  before: ChannelRow,
  result: SendResult,
): Promise<void> {
  const now = clock.now();
  const { key, kind, message } = delivery;
  const tried = afterTry(delivery, result, now);
  const mayBeUnheard =
    tried.state === "failed" && (kind === "trouble" || kind === "reminder") && message.since !== null;
  const unheard = mayBeUnheard && !(kind === "reminder" && (await wasTold(before.id, key, message.since ?? "")));
  const channel = book.channel(before.id);
  if (!channel) return;
  if (kind !== "test" && !book.waiting().some(({ id }) => id === delivery.id)) return;
  const isSame = channel.sealed === before.sealed;
  // A failure of what the channel was before says nothing: the next try is already asked for.
  if (!isSame && !result.ok) return;
  const after = isSame ? channelAfterTry(channel, result, now) : channel;
  const matter = unheard ? book.matter(key) : undefined;
  const isIts = matter && matter.since === message.since;
  const behind = book
    .waiting()
    .filter((one) => one.channelId === channel.id && one.key === key && one.kind === "recovered")
    .filter((one) => one.message.since === message.since);
  await book.note({
    channels: isSame ? [after] : [],
    matters: isIts ? [{ ...matter, heard: matter.heard.filter((id) => id !== channel.id) }] : [],
    deliveries: [tried, ...(unheard ? behind.map((one) => givenUp(one, now, UNHEARD)) : [])],
  });
  if (isDead(channel) !== isDead(after)) changed();
}
