import type { OperationView } from "../control/types";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { newestCover } from "./protect";

/** An unchanged database needs no new object while the last one is younger than this: a lifecycle rule may take old ones. */
const UNCHANGED_LIFE_MS = 30 * 24 * 3_600_000;
/** Where nothing has changed nothing is written: what is in the way of a checkpoint now will be gone in a moment, or it writes. */
const CHECKPOINT_WAIT_MS = 5_000;

/** The newest good backup when the file's header and lineage are still the ones it was taken from. */
export async function unchangedSince(
  ctx: BackupContext,
  { signal, gateClosed }: { signal: AbortSignal; gateClosed: boolean },
): Promise<CatalogEntry | null> {
  const newest = newestCover(ctx.catalog.entries());
  const file = newest?.manifest?.file;
  if (!newest || !file || file.lineage !== ctx.lineage()) return null;
  const age = ctx.clock.now().getTime() - Date.parse(newest.manifest?.createdAt ?? "");
  if (!(age < UNCHANGED_LIFE_MS)) return null;
  // A change that this process saw needs no second look at the file.
  const takenAt = Date.parse(newest.manifest?.snapshot?.takenAt ?? "");
  const { lastChangeAt } = ctx.database().pulse();
  if (lastChangeAt && !(lastChangeAt.getTime() <= takenAt)) return null;
  const snapshot = await ctx.database().takeSnapshot({ signal, waitMs: CHECKPOINT_WAIT_MS, gateClosed });
  await snapshot.release();
  const { headerSha256 } = await ctx.runJob(
    { kind: "fingerprint", databasePath: ctx.databasePath },
    { signal, lowPriority: !gateClosed },
  );
  if (headerSha256 !== file.headerSha256) return null;
  // The list may be minutes old: "nothing changed" is worth only as much as the object that is still there.
  const stored = await ctx.store.head(ctx.catalog.keyOf(newest.id), { signal });
  return stored?.bytes === file.bytes && stored.etag === file.etag ? newest : null;
}

/** The end of a run that had nothing to store. */
export function nothingStored({ id }: CatalogEntry): { summary: string; detail: OperationView["detail"] } {
  return { summary: `Nothing has changed since ${id}, so no new object was stored.`, detail: { unchangedSince: id } };
}
