import { z } from "zod";
import type { RecordRows } from "../control/record-rows";
import { readBody } from "../read-body";
import { type BackupContext, systemCaller } from "./context";
import { formatSize } from "./format-size";
import { recordsKey } from "./read-records";
import { digestOf, serializeRecords, writerOf } from "./records-file";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Four small queries; a change of settings that waits a minute more is lost in no other case than a fire in that minute. */
const LOOK_MS = 60_000;
/** An admin who sets things up changes many in a row. */
const DEBOUNCE_MS = HOUR_MS;
const HISTORY_MS = 90 * DAY_MS;

const WRITTEN = "own-records";
const writtenSchema = z.object({
  at: z.iso.datetime(),
  /** Of all but the history, which alone is worth a write a day only. */
  digest: z.string(),
  /** When the last good write was told in Activity. */
  toldAt: z.iso.datetime(),
  /** Where: another bucket, path or database name has none yet. */
  place: z.string(),
});
type Written = z.infer<typeof writtenSchema>;

type RecordsContext = Pick<
  BackupContext,
  | "prefix"
  | "databaseName"
  | "serverId"
  | "host"
  | "appVersion"
  | "backupEnabled"
  | "clock"
  | "log"
  | "store"
  | "memory"
  | "operations"
  | "ownership"
  | "catalog"
>;

/** The copy of the control database beside the backups, as long as this server owns the path. */
export interface OwnRecords {
  /** Cheap when nothing is due; never rejects. A failure is a row in Activity, and is tried again an hour later. */
  tick(): Promise<void>;
  /** What has changed since the last write, without waiting for its hour. Never rejects. */
  atStop(signal: AbortSignal): Promise<void>;
}

interface Deps {
  ctx: RecordsContext;
  /** Null: without operations and audit. */
  read(historySince: Date | null): Promise<RecordRows>;
}

export function createOwnRecords({ ctx, read }: Deps): OwnRecords {
  const { clock, log, memory } = ctx;
  // A start has better things to do: the first look comes a minute later.
  let lookedAt = clock.now().getTime();
  let pausedAt: number | null = null;
  let failureToldAt: number | null = null;

  async function due(last: Written | null): Promise<{ digest: string } | null> {
    const age = last ? clock.now().getTime() - Date.parse(last.at) : DAY_MS;
    if (isWithin(DEBOUNCE_MS, age)) return null;
    const setUp = await read(null);
    if (isEmpty(setUp)) return null;
    const digest = digestOf(setUp);
    if (digest !== last?.digest) return { digest };
    return !isWithin(DAY_MS, age) && hasBackupSince(ctx, last.at) ? { digest } : null;
  }

  /** Null: the path is another server's, so nothing was written. `tell`: a day has passed since this was told. */
  async function write(digest: string, last: Written | null, signal?: AbortSignal) {
    await ctx.ownership.establish();
    if (!ctx.ownership.ours) return null;
    const at = clock.now();
    const rows = await read(new Date(at.getTime() - HISTORY_MS));
    const { databaseName: database, serverId, host, appVersion } = ctx;
    const file = serializeRecords({ database, serverId, host, appVersion, writtenAt: at.toISOString(), rows });
    await replace(ctx, file, signal);
    const sinceTold = last ? at.getTime() - Date.parse(last.toldAt) : DAY_MS;
    const tell = sinceTold >= DAY_MS || sinceTold < 0;
    const toldAt = last && !tell ? last.toldAt : at.toISOString();
    await memory.set(
      WRITTEN,
      JSON.stringify({ at: at.toISOString(), digest, toldAt, place: placeOf(ctx) } satisfies Written),
    );
    const summary = `Beside the backups (${formatSize(file.length)}): ${wordsOf(rows)}. No password, token or key is in it.`;
    return { summary, tell };
  }

  /** A row once a day, also of what goes wrong, and one when it goes well again. */
  async function writeAndTell(digest: string, last: Written | null): Promise<void> {
    try {
      const written = await write(digest, last);
      // Not ours: an admin may take the path over, so it is looked at again in an hour.
      if (!written) return pause();
      const news = written.tell || failureToldAt !== null;
      failureToldAt = null;
      if (news) await tellInActivity(ctx, async () => ({ summary: written.summary }));
    } catch (error) {
      pause();
      log.warn({ err: error }, "the records could not be written beside the backups");
      const now = clock.now().getTime();
      if (failureToldAt !== null && isWithin(DAY_MS, now - failureToldAt)) return;
      failureToldAt = now;
      await tellInActivity(ctx, () => Promise.reject(error));
    }
  }

  function pause(): void {
    pausedAt = clock.now().getTime();
  }

  return {
    async tick() {
      const now = clock.now().getTime();
      if (!ctx.backupEnabled || isWithin(LOOK_MS, now - lookedAt)) return;
      if (pausedAt !== null && isWithin(DEBOUNCE_MS, now - pausedAt)) return;
      lookedAt = now;
      try {
        const last = await lastWritten(ctx);
        const wanted = await due(last);
        if (wanted) await writeAndTell(wanted.digest, last);
      } catch (error) {
        log.warn({ err: error }, "the records could not be looked at");
      }
    },

    async atStop(signal) {
      if (!ctx.backupEnabled) return;
      try {
        const setUp = await read(null);
        const last = await lastWritten(ctx);
        const digest = digestOf(setUp);
        if (isEmpty(setUp) || last?.digest === digest) return;
        await write(digest, last, signal);
      } catch (error) {
        log.warn({ err: error }, "the records were not written at this stop; the next start writes them");
      }
    },
  };
}

type PlaceContext = Pick<RecordsContext, "databaseName" | "prefix" | "store">;

/** The last good write of this server to where it would write now; null: none yet. */
export async function lastWritten(ctx: PlaceContext & Pick<RecordsContext, "memory">): Promise<Written | null> {
  const parsed = writtenSchema.safeParse(JSON.parse((await ctx.memory.get(WRITTEN)) ?? "null"));
  return parsed.success && parsed.data.place === placeOf(ctx) ? parsed.data : null;
}

function placeOf(ctx: PlaceContext): string {
  return `${recordsKey(ctx)} in ${ctx.store.label}`;
}

async function tellInActivity(ctx: RecordsContext, work: () => Promise<{ summary: string }>): Promise<void> {
  const caller = systemCaller("records");
  const opened = await ctx.operations.open({ kind: "own-records", title: "Records of this server", caller, steps: [] });
  await ctx.operations.run(opened.id, work);
}

/** False for a time in the future: a clock that went back must not make anything wait for where it came from. */
function isWithin(ms: number, ageMs: number): boolean {
  return ageMs >= 0 && ageMs < ms;
}

/**
 * Over what was read, and only over our own: a server that took the path over keeps what the one before it knew, under that one's id.
 * Whoever writes at the same time wins; then this throws `storage_precondition`.
 */
async function replace(ctx: RecordsContext, file: Uint8Array, signal?: AbortSignal): Promise<void> {
  const key = recordsKey(ctx);
  const body = await ctx.store.get(key, { signal });
  const known = body && { etag: body.etag, bytes: await readBody(body) };
  if (known) {
    const writer = writerOf(known.bytes);
    if (writer !== ctx.serverId) {
      const aside = recordsKey(ctx, writer ?? "unreadable");
      await ctx.store.put(aside, known.bytes, { contentType: "application/json", signal });
      ctx.log.info({ aside }, "the records of the server before this one are kept");
    }
  }
  await ctx.store.put(key, file, {
    contentType: "application/json",
    ...(known ? { ifMatch: known.etag } : { ifNoneMatch: "*" as const }),
    signal,
  });
}

/** A new machine has nothing to say, and must not say it over what an old one knew. */
function isEmpty({ settings, people, tokens, channels }: RecordRows): boolean {
  return settings.length + people.length + tokens.length + channels.length === 0;
}

function hasBackupSince({ catalog }: RecordsContext, at: string): boolean {
  return catalog.entries().some(({ manifest }) => manifest !== null && manifest.createdAt > at);
}

export function wordsOf({ settings, people, tokens, channels, operations, audit }: RecordRows): string {
  const words: [number, string][] = [
    [settings.length, "settings"],
    [people.length, "people"],
    [tokens.length, "names of tokens"],
    [channels.length, "names of alert channels"],
    [operations.length, "runs"],
    [audit.length, "audit rows"],
  ];
  return words.map(([count, what]) => `${count} ${what}`).join(", ");
}
