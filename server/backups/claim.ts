import type { RunningOperation } from "../control/types";
import { AppError, hasCode } from "../errors";
import type { BackupType } from "../nestegg";
import { formatBackupId, parseBackupId } from "./backup-id";
import type { BackupContext } from "./context";

const SECOND_MS = 1000;
/** Each try is one second further: an hour of seconds taken means that something else is wrong. */
const MAX_TRIES = 3600;

type ClaimingRun = Pick<RunningOperation, "id" | "signal">;

/**
 * Reserves an id in the bucket before any byte is sent (invariant 3). Its time is never older than the newest id of this
 * database, also when the clock went back, and moves on by a second while somebody else holds it.
 */
export async function claimId(ctx: BackupContext, type: BackupType, run: ClaimingRun): Promise<string> {
  // Without a list the newest id is not known, and a clock that went back would make an older one.
  if (ctx.catalog.readAt === null) await ctx.catalog.refresh();
  let time = firstFreeSecond(ctx);
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const id = formatBackupId({ database: ctx.databaseName, type, time });
    if (await tryClaim(ctx, id, run)) return id;
    time = new Date(time.getTime() + SECOND_MS);
  }
  throw new AppError(
    "conflict",
    "No free id was found for this backup within an hour of seconds. Nothing was stored.",
    {
      hint: "Look at the .claim objects under the backup path: another server may be stuck.",
    },
  );
}

export async function releaseClaim(ctx: BackupContext, id: string, signal: AbortSignal): Promise<void> {
  await ctx.store.delete(ctx.catalog.claimKeyOf(id), { signal });
}

/** A stray file with a date of the future must not push every later id there: only registered backups count. */
function firstFreeSecond(ctx: BackupContext): Date {
  const now = Math.floor(ctx.clock.now().getTime() / SECOND_MS) * SECOND_MS;
  const known = [
    ...ctx.catalog.entries().flatMap((entry) => (entry.manifest ? [entry.id] : [])),
    ...ctx.catalog.claims.map((claim) => claim.id),
    ...ctx.runs.ids(),
  ];
  const newest = Math.max(0, ...known.map((id) => parseBackupId(id)?.time.getTime() ?? 0));
  return new Date(Math.max(now, newest + SECOND_MS));
}

async function tryClaim(ctx: BackupContext, id: string, { id: operationId, signal }: ClaimingRun): Promise<boolean> {
  const claim = { serverId: ctx.serverId, operationId, at: ctx.clock.now().toISOString() };
  try {
    await ctx.store.put(ctx.catalog.claimKeyOf(id), new TextEncoder().encode(JSON.stringify(claim)), {
      ifNoneMatch: "*",
      contentType: "application/json",
      signal,
    });
  } catch (error) {
    if (hasCode(error, "storage_precondition")) return false;
    // The claim may be there all the same: its answer was lost.
    ctx.leftSomethingBehind();
    throw error;
  }
  // A finished backup has no claim any more: its object or manifest speaks for it.
  try {
    const [object, manifest] = await Promise.all([
      ctx.store.head(ctx.catalog.keyOf(id), { signal }),
      ctx.store.head(ctx.catalog.manifestKeyOf(id), { signal }),
    ]);
    if (!object && !manifest) return true;
  } catch (error) {
    ctx.leftSomethingBehind();
    throw error;
  }
  await releaseClaim(ctx, id, signal);
  return false;
}
