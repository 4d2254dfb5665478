import { open, rm } from "node:fs/promises";
import { systemClock } from "../clock";
import { inspectFile } from "../database/inspect";
import { AppError, hasCode } from "../errors";
import type { StoredObject } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import { CheckedCopy, exchanged } from "./checked-copy";
import type { JobContext, VerifyJob, VerifyResult } from "./protocol";

/**
 * Reads a stored backup back: every part against its SHA-256, every block against its checksum, and, with a scratch file, every
 * column of every row through DuckDB. Damage is a result (`failed`); trouble with the storage or the disk is an error.
 */
export async function verify(job: VerifyJob, context: JobContext): Promise<VerifyResult> {
  const store = await openStore(job.store, { clock: systemClock });
  context.watchRequests?.(store);
  const scratch = job.scratchFile === null ? null : await open(job.scratchFile, "w+", 0o600);
  // The hashes prove the content, the ETag that all of it is of one object: a bucket that was moved has others.
  const stored = await store.head(job.key, { signal: context.signal });
  const copyOf = (etag: string) =>
    new CheckedCopy({ ...job, etag }, store, { target: scratch, resume: false, base: null });
  const { etag } = stored ?? job;
  let copy = copyOf(etag);
  try {
    requireLength(job, stored);
    await copy.readAll(context);
    if (copy.etag !== etag) copy = await readAnew(copyOf(copy.etag), context);
    await copy.judgeBadBlocks(context.signal);
    await scratch?.close();
    context.send({ type: "opening" });
    const inspection = job.scratchFile === null ? null : await inspectFile(job.scratchFile, { signal: context.signal });
    return resultOf(copy, { result: inspection ? "verified" : "checked", error: null, inspection, etag: copy.etag });
  } catch (error) {
    if (!hasCode(error, "backup_damaged", "backup_missing", "snapshot_damaged")) throw error;
    return resultOf(copy, { result: "failed", error: error.message, inspection: null, etag: copy.etag });
  } finally {
    await scratch?.close();
    if (job.scratchFile !== null) await rm(job.scratchFile, { force: true });
  }
}

/** Parts of before the exchange prove nothing of the object that lies there now, and its ETag is what is recorded. */
async function readAnew(copy: CheckedCopy, context: JobContext): Promise<CheckedCopy> {
  const { etag } = copy;
  await copy.readAll(context);
  if (copy.etag !== etag) throw exchanged();
  return copy;
}

function requireLength(job: VerifyJob, stored: StoredObject | null): void {
  if (!stored || stored.bytes === job.bytes) return;
  throw new AppError(
    "backup_damaged",
    `The object has ${stored.bytes} bytes, its manifest says ${job.bytes}. Do not restore it.`,
  );
}

function resultOf(
  copy: CheckedCopy,
  verdict: Pick<VerifyResult, "result" | "error" | "inspection" | "etag">,
): VerifyResult {
  return {
    kind: "verify",
    ...verdict,
    parts: copy.hashes,
    headerSha256: copy.header?.sha256 ?? "",
    storageVersion: copy.header?.storageVersion ?? "unknown",
  };
}
