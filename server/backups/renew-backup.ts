import type { OperationOutcome, RunningOperation } from "../control/types";
import { AppError, hasCode } from "../errors";
import { EXPIRE_DAYS } from "./bucket-rules";
import type { CatalogEntry } from "./catalog";
import { type BackupContext, inBackground } from "./context";
import { formatSize } from "./format-size";

/** The backup whose renewal has begun and not ended, by name in the control database. */
export const RENEWAL_BEGUN = "renewal-begun";
const YIELD_LOOK_MS = 1_000;

/**
 * Copies a backup's object onto itself and writes its manifest anew. Nothing of it is ever missing meanwhile: a copy replaces its
 * object at once and with the same bytes, which the manifest's hashes prove. Only the ETag in it is out of date until it is written.
 */
export async function renewBackup(
  ctx: BackupContext,
  id: string,
  { running, renewAfterMs }: { running: RunningOperation; renewAfterMs: number },
): Promise<OperationOutcome> {
  await ctx.ownership.requireOurs("renew backups");
  const key = ctx.catalog.keyOf(id);
  const [object, read] = [await ctx.store.head(key, { signal: running.signal }), await ctx.catalog.readManifest(id)];
  if (!object || !read || read.manifest.deletesAt)
    return { summary: "It is gone or on its way out; nothing was renewed." };
  if (object.bytes !== read.manifest.file.bytes) throw changedLength(id);
  await running.step("Copy the file onto itself");
  const isOld = object.lastModified.getTime() < ctx.clock.now().getTime() - renewAfterMs;
  if (isOld) await ctx.memory.set(RENEWAL_BEGUN, id);
  const copied = isOld ? await copyOntoItself(ctx, { id, object, type: read.manifest.type }, running) : object;
  await running.stepDone(isOld ? "ok" : "skipped");
  await running.step("Write the manifest");
  // An ETag that was not the manifest's before is proven by nothing: a verification reads the file, and records it.
  const isProven = read.manifest.file.etag === object.etag;
  await ctx.manifests.update(id, (manifest) => ({
    ...manifest,
    renewedAt: ctx.clock.now().toISOString(),
    file: isProven && manifest.file.etag === object.etag ? { ...manifest.file, etag: copied.etag } : manifest.file,
  }));
  const entry = ctx.catalog.get(id);
  if (entry) ctx.catalog.note(id, { ...entry, object: copied });
  if (isOld) await ctx.memory.set(RENEWAL_BEGUN, null);
  return {
    summary: `Written anew (${formatSize(object.bytes)}), so that no rule of the bucket takes it for another ${EXPIRE_DAYS} days.`,
    detail: { copiedBytes: isOld ? object.bytes : 0 },
  };
}

async function copyOntoItself(
  ctx: BackupContext,
  { id, object, type }: { id: string; object: NonNullable<CatalogEntry["object"]>; type: string },
  running: RunningOperation,
) {
  const yielding = new AbortController();
  const over = new AbortController();
  inBackground(ctx, yieldToOthers(ctx, running.id, { yielding, over: over.signal }));
  const uploads: string[] = [];
  try {
    return await ctx.store.copy(object, object.key, {
      metadata: { type },
      contentDisposition: `attachment; filename="${id}"`,
      signal: AbortSignal.any([running.signal, yielding.signal]),
      // Should this process die, the next start drops the parts.
      onParts: (uploadId) => {
        uploads.push(uploadId);
        inBackground(ctx, ctx.uploads.add({ key: object.key, uploadId, operationId: running.id }));
      },
    });
  } catch (error) {
    if (yielding.signal.aborted && hasCode(error, "cancelled")) throw stoodBack();
    throw error;
  } finally {
    over.abort();
    for (const uploadId of uploads) await ctx.uploads.remove(uploadId);
  }
}

/** A copy of a large file takes minutes and is in no hurry: whoever wants the lane has it within a second. */
async function yieldToOthers(
  ctx: BackupContext,
  operationId: string,
  { yielding, over }: { yielding: AbortController; over: AbortSignal },
): Promise<void> {
  while (!over.aborted) {
    if (ctx.operations.active().some(({ id }) => id !== operationId)) return yielding.abort();
    await ctx.clock.sleep(YIELD_LOOK_MS, over);
  }
}

function stoodBack(): AppError {
  return new AppError(
    "cancelled",
    "Another run came, and this one is in no hurry: it begins again in an hour. Nothing was changed.",
  );
}

function changedLength(id: string): AppError {
  return new AppError("backup_damaged", `${id} has another length than its manifest says, so it was not renewed.`, {
    hint: "Verify it. Unlock or unmark it if it is of no use any more.",
  });
}
