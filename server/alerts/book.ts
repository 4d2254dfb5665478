import type { Clock } from "../clock";
import type { AlertChanges, AlertRecords, ChannelRow, DeliveryRow, MatterRow } from "../control/alert-records";
import type { AlertMessage, AlertNotice } from "../nestegg-operate";
import { givenUp } from "./delivery";
import { isTrouble, type Judgement, type Telling } from "./matters";

/** All that is not over, in memory: channels, matters, what waits to be sent. Each change is written at once. */
export interface Book {
  channels(): ChannelRow[];
  channel(id: string): ChannelRow | undefined;
  matters(): MatterRow[];
  matter(key: string): MatterRow | undefined;
  /** Oldest first. */
  waiting(): DeliveryRow[];
  /** Begins the deliveries that a judgement asks for, and keeps its matter, in one write. */
  apply(
    judgement: Judgement,
    key: string,
    message: (kind: Telling["kind"], matter: MatterRow | undefined) => AlertMessage,
  ): Promise<void>;
  newDelivery(channelId: string, message: AlertMessage): DeliveryRow;
  /** Takes the rows over as they are now. A channel that is gone meanwhile, and what was for it, stays gone. */
  note(changes: AlertChanges): Promise<void>;
  /** After an admin's change was written; null: removed. */
  setChannel(id: string, row: ChannelRow | null): void;
}

const ID_TIME_DIGITS = 11;
const ID_RANDOM_BYTES = 4;
/** A channel that is dead while much happens: what comes on top is only logged. */
const MAX_WAITING_PER_CHANNEL = 100;

export async function openBook(records: AlertRecords, clock: Clock): Promise<Book> {
  const loaded = await records.load();
  const [newest] = await records.deliveries({ limit: 1 });
  const channels = new Map(loaded.channels.map((row) => [row.id, row]));
  const matters = new Map(loaded.matters.map((row) => [row.key, row]));
  const waiting = new Map(loaded.waiting.filter((row) => channels.has(row.channelId)).map((row) => [row.id, row]));
  let lastMs = newest ? Number.parseInt(newest.id.slice(4, 4 + ID_TIME_DIGITS), 16) : 0;

  /** Sorted as they were begun, also after the clock was set back. */
  function nextId(): string {
    lastMs = Math.max(clock.now().getTime(), lastMs + 1);
    return `dlv_${lastMs.toString(16).padStart(ID_TIME_DIGITS, "0")}${clock.randomHex(ID_RANDOM_BYTES)}`;
  }

  function newDelivery(channelId: string, message: AlertMessage): DeliveryRow {
    const { event, kind, title, key } = message;
    const facts = { id: nextId(), channelId, event, kind, title, key, message, createdAt: message.at };
    return { ...facts, state: "waiting", attempts: 0, finishedAt: null, answer: null, nextTryAt: null };
  }

  function admitted(delivery: DeliveryRow): DeliveryRow {
    const ahead = [...waiting.values()].filter(({ channelId }) => channelId === delivery.channelId).length;
    if (ahead < MAX_WAITING_PER_CHANNEL) return delivery;
    return givenUp(delivery, clock.now(), `Not tried: ${ahead} messages wait for this channel already`);
  }

  const book: Book = {
    channels: () => [...channels.values()],
    channel: (id) => channels.get(id),
    matters: () => [...matters.values()],
    matter: (key) => matters.get(key),
    waiting: () => [...waiting.values()],
    newDelivery,

    async apply({ matter, tell }, key, message) {
      const about = matter ?? matters.get(key);
      const wanted = tell.filter((one) => isWanted(one, key));
      const deliveries = wanted.map(({ channelId, kind }) => admitted(newDelivery(channelId, message(kind, about))));
      if (matter === undefined && deliveries.length === 0) return;
      await book.note({
        matters: matter ? [matter] : [],
        ended: matter === null ? [key] : [],
        deliveries,
      });
    },

    async note({ channels: rows = [], matters: changed = [], ended = [], deliveries = [] }) {
      const present = rows.filter(({ id }) => channels.has(id));
      const mine = deliveries.filter(({ channelId }) => channels.has(channelId));
      for (const row of present) channels.set(row.id, row);
      for (const key of ended) matters.delete(key);
      for (const row of changed) matters.set(row.key, row);
      for (const row of mine) {
        if (row.state === "waiting") waiting.set(row.id, row);
        else waiting.delete(row.id);
      }
      await records.save({ channels: present, matters: changed, ended, deliveries: mine });
    },

    setChannel(id, row) {
      if (row) channels.set(id, row);
      else channels.delete(id);
      if (!row) for (const one of [...waiting.values()]) if (one.channelId === id) waiting.delete(one.id);
    },
  };

  function isWanted({ channelId, kind }: Telling, key: string): boolean {
    if (kind === "recovered") return mayRecover(channelId, key);
    // A reminder of what it has not even been told yet would say the same twice.
    return kind !== "reminder" || ![...waiting.values()].some((one) => one.channelId === channelId && one.key === key);
  }

  /** A ping channel has one state for everything: it is up again when nothing that it heard of is left. */
  function mayRecover(channelId: string, key: string): boolean {
    if (channels.get(channelId)?.kind !== "ping") return true;
    return ![...matters.values()].some((one) => one.key !== key && isTrouble(one) && one.heard.includes(channelId));
  }

  return book;
}

export function messageOf(
  notice: AlertNotice,
  kind: AlertMessage["kind"],
  since: string | null,
  at: Date,
): AlertMessage {
  const { event, key, title, text, hint, backupId = null, operationId = null } = notice;
  return { event, kind, key, title, text, hint, since, at: at.toISOString(), backupId, operationId };
}
