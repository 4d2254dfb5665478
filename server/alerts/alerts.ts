import type { Clock } from "../clock";
import type { AlertRecords } from "../control/alert-records";
import type { AuditEntry } from "../nestegg";
import type { AlertHealth, AlertMessage, AlertNotice, AlertVerbs } from "../nestegg-operate";
import { messageOf, openBook } from "./book";
import { createChannels, requireChannel } from "./channels";
import { createDeliveries, type DeliverDeps, settle, trySending, UNREADABLE } from "./deliver";
import { isDead } from "./delivery";
import { isTrouble, judgeNotice, judgeTime } from "./matters";
import { bounded, type Speaker } from "./message-words";
import { createPostman } from "./postman";
import { createSeal } from "./seal";
import { toDelivery } from "./to-delivery";

export interface AlertDeps {
  records: AlertRecords;
  clock: Clock;
  speaker: Speaker;
  /** Seals the channels' addresses and secrets. */
  authSecret: string;
  audit(entry: AuditEntry): Promise<void>;
  /** What the pages show of the alerts has changed. */
  changed(): void;
  /** Of one try; tests take a short one. */
  timeoutMs?: number;
}

export interface Alerts extends AlertVerbs {
  /** Reminds of what lasts and sends all that is due. Never rejects; may be called while one before it still waits for a channel. */
  tick(): Promise<void>;
  /** The sign of life of ping channels: a backup was stored. Those that heard of a trouble that lasts wait for its end. */
  backupStored(facts: { backupId: string | null; operationId: string }): Promise<void>;
  /** The keys of the troubles that last, with what was told. */
  troubles(): AlertNotice[];
  health(): Promise<AlertHealth>;
  /** For a stop: sends what waits, for at most so long; what is under way then is given up and sent by the next process. */
  finish(patienceMs: number): Promise<void>;
}

const SIGN_OF_LIFE = "sign-of-life";
const MAX_PAGE = 200;
/** Of one channel: a trouble that lasts for weeks, among others, is still found in it. */
const SEARCHED_DELIVERIES = 500;

/** One process at a time has the records (the lock on the data folder sees to it). */
export async function createAlerts(deps: AlertDeps): Promise<Alerts> {
  const { records, clock, changed } = deps;
  const book = await openBook(records, clock);
  const seal = createSeal(deps.authSecret);
  const postman = createPostman({ clock, speaker: deps.speaker, timeoutMs: deps.timeoutMs });
  const ending = new AbortController();
  const deliver: DeliverDeps = { book, postman, clock, open: seal.open, wasTold, changed };
  const { send } = createDeliveries(deliver, ending.signal);

  async function wasTold(channelId: string, key: string, since: string): Promise<boolean> {
    const rows = await records.deliveries({ limit: SEARCHED_DELIVERIES, channelId }).catch(() => null);
    // What cannot be looked up counts as told: an end too many is better than none.
    return rows?.some((row) => row.state === "sent" && row.key === key && row.message.since === since) ?? true;
  }

  async function remind(): Promise<void> {
    const now = clock.now();
    for (const matter of book.matters()) {
      await book.apply(judgeTime(matter, book.channels(), now), matter.key, (kind) =>
        messageOf(matter.notice, kind, matter.since, now),
      );
    }
  }

  return {
    ...createChannels({ book, records, seal, clock, changed }),

    async tell(given) {
      const notice = bounded(given);
      const now = clock.now();
      const judged = judgeNotice(notice, book.matter(notice.key), book.channels(), now);
      await book.apply(judged, notice.key, (kind, matter) =>
        messageOf(notice, kind, kind === "happened" ? null : (matter?.since ?? null), now),
      );
    },

    async tick() {
      if (ending.signal.aborted) return;
      await remind();
      await send();
    },

    async backupStored({ backupId, operationId }) {
      const troubled = new Set(
        book
          .matters()
          .filter(isTrouble)
          .flatMap(({ heard }) => heard),
      );
      const waits = new Set(book.waiting().flatMap(({ channelId, kind }) => (kind === "success" ? [channelId] : [])));
      const alive = book.channels().filter(({ id, kind, enabled }) => kind === "ping" && enabled && !troubled.has(id));
      const message = signOfLife({ backupId, operationId }, clock.now());
      const deliveries = alive.filter(({ id }) => !waits.has(id)).map(({ id }) => book.newDelivery(id, message));
      if (deliveries.length > 0) await book.note({ deliveries });
    },

    async test(caller, { id }) {
      const channel = requireChannel(book, id);
      await deps.audit({ caller, action: "alert-channel.test", target: id, detail: { name: channel.name } });
      const delivery = book.newDelivery(id, testMessage(channel.name, clock.now()));
      const settings = seal.open(channel.sealed);
      const request = settings ? postman.describe(settings, delivery) : "";
      const result = (await trySending(deliver, delivery, channel, ending.signal)) ?? STOPPED;
      await settle(deliver, delivery, channel, result);
      return { request, answer: settings ? result.answer : UNREADABLE, ok: result.ok };
    },

    async deliveries({ limit, channelId }) {
      const rows = await records.deliveries({ limit: Math.min(limit, MAX_PAGE), channelId });
      return rows.map(toDelivery);
    },

    troubles: () =>
      book
        .matters()
        .filter(isTrouble)
        .map(({ notice }) => notice),

    async health() {
      const on = book.channels().filter(({ enabled }) => enabled);
      const read = on.map(async (channel) => {
        const [last] = await records.deliveries({ limit: 1, channelId: channel.id });
        return { channel, last };
      });
      const known = await Promise.all(read);
      return {
        channels: on.length,
        dead: known
          .filter(({ channel }) => isDead(channel))
          .map(({ channel: { name, failingSince, createdAt }, last }) => ({
            name,
            since: failingSince ?? createdAt,
            answer: last?.answer ?? null,
          })),
        unproven: known
          .filter(({ channel, last }) => !isDead(channel) && (channel.failures > 0 || !last))
          .map(({ channel: { name }, last }) => ({ name, answer: last?.answer ?? null })),
      };
    },

    async finish(patienceMs) {
      const over = clock.sleep(patienceMs, ending.signal);
      const sent = send();
      await Promise.race([sent, over]);
      ending.abort();
      await sent;
    },
  };
}

const STOPPED = { ok: false, answer: "Not sent: Nestegg is stopping" };

function signOfLife(facts: { backupId: string | null; operationId: string }, now: Date): AlertMessage {
  const words = { title: "A backup was stored", text: "The backup is stored and nothing is wrong.", hint: null };
  return {
    event: "backup-succeeded",
    kind: "success",
    key: SIGN_OF_LIFE,
    ...words,
    since: null,
    at: now.toISOString(),
    ...facts,
  };
}

function testMessage(name: string, now: Date): AlertMessage {
  return {
    event: "test",
    kind: "test",
    key: "test",
    title: "A test from Nestegg",
    text: `Alerts for “${name}” arrive here. Nothing is wrong.`,
    hint: null,
    since: null,
    at: now.toISOString(),
    backupId: null,
    operationId: null,
  };
}
