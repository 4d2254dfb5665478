import { type FileHandle, open } from "node:fs/promises";
import { systemClock } from "../clock";
import { inspectFile } from "../database/inspect";
import { AppError, hasCode } from "../errors";
import { openStore } from "../storage/open-store";
import { CheckedCopy } from "./checked-copy";
import type { DownloadJob, DownloadResult, JobContext } from "./protocol";

/**
 * Brings a stored backup to `targetPath`, whole and inspected: every part against its SHA-256, every block against its checksum,
 * every column of every row read. Parts that the base or an earlier try already hold are not fetched. Damage is the error
 * `backup_damaged`; after a failure the target keeps what is right, so that the next try goes on from there.
 */
export async function download(job: DownloadJob, context: JobContext): Promise<DownloadResult> {
  const store = await openStore(job.store, { clock: systemClock });
  context.watchRequests?.(store);
  const target = await openForResume(job.targetPath);
  const base = await openIfThere(job.basePath);
  const copy = new CheckedCopy(job, store, { target, resume: true, base });
  try {
    await copy.readAll(context);
    await copy.judgeBadBlocks(context.signal);
    // An earlier try may have been of a longer file.
    await target.truncate(job.bytes);
    await target.sync();
  } finally {
    await target.close();
    await base?.close();
  }
  context.send({ type: "opening" });
  try {
    const inspection = await inspectFile(job.targetPath, { signal: context.signal });
    const { fetchedBytes, reusedBytes } = copy;
    return { kind: "download", inspection, fetchedBytes, reusedBytes };
  } catch (error) {
    if (!hasCode(error, "snapshot_damaged")) throw error;
    throw new AppError("backup_damaged", error.message, { hint: error.hint, cause: error });
  }
}

/** Readable, writable, created when missing, and not emptied. */
async function openForResume(path: string): Promise<FileHandle> {
  await (await open(path, "a", 0o600)).close();
  return open(path, "r+");
}

async function openIfThere(path: string | null): Promise<FileHandle | null> {
  if (path === null) return null;
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
