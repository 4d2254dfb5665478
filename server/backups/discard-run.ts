import type { BackupContext } from "./context";

/**
 * Removes what a run that did not end well left in the bucket: its uploads, an object that was never registered, its claim,
 * in this order. A registered backup is never touched. When the storage is away it is left to the next clean-up.
 */
export async function discardRun(
  ctx: BackupContext,
  run: { id: string; operationId: string; objectMayCome: boolean },
): Promise<void> {
  // A copy inside the store may end after we have left: its claim stays, and the next clean-up looks again.
  if (ctx.stopping.aborted || run.objectMayCome) {
    // The stop's time belongs to the last backup; the next start sweeps its own claims and uploads before anything else.
    ctx.leftSomethingBehind();
    return;
  }
  try {
    await abortUploads(ctx, (upload) => upload.operationId === run.operationId);
    await dropUnregistered(ctx, run.id);
  } catch (error) {
    ctx.log.warn(
      { id: run.id, operation: run.operationId, err: error },
      "left something behind; it is removed when the storage answers",
    );
    ctx.leftSomethingBehind();
  }
}

export async function abortUploads(
  ctx: BackupContext,
  which: (upload: { operationId: string }) => boolean,
): Promise<number> {
  const uploads = (await ctx.uploads.list()).filter(which);
  for (const upload of uploads) {
    await ctx.store.abortMultipart(upload.key, upload.uploadId);
    await ctx.uploads.remove(upload.uploadId);
  }
  return uploads.length;
}

/** The manifest decides: with one, the backup is whole and only the claim goes. */
export async function dropUnregistered(ctx: BackupContext, id: string): Promise<"registered" | "dropped"> {
  const registered = (await ctx.store.head(ctx.catalog.manifestKeyOf(id))) !== null;
  if (!registered) await ctx.store.delete(ctx.catalog.keyOf(id));
  await ctx.store.delete(ctx.catalog.claimKeyOf(id));
  return registered ? "registered" : "dropped";
}
