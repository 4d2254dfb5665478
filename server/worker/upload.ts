import { createHash } from "node:crypto";
import { systemClock } from "../clock";
import { AppError } from "../errors";
import type { MultipartUpload } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import type { JobContext, UploadJob, UploadResult } from "./protocol";
import { SnapshotReader } from "./snapshot-reader";

/** The parent takes the snapshot anew when it sees this code. */
function snapshotChanged(): AppError {
  return new AppError(
    "snapshot_changed",
    "A checkpoint came between while the snapshot was read. It was thrown away; nothing was registered.",
    { hint: "It is taken anew by itself." },
  );
}

/** Reading, hashing and sending overlap; nothing is visible in the store before the whole snapshot was read and found unchanged. */
export async function upload(job: UploadJob, context: JobContext): Promise<UploadResult> {
  const reader = await SnapshotReader.open(job.databasePath);
  try {
    return await uploadSnapshot(job, reader, context);
  } finally {
    await reader.close();
  }
}

async function uploadSnapshot(job: UploadJob, reader: SnapshotReader, context: JobContext): Promise<UploadResult> {
  const store = await openStore(job.store, { clock: systemClock });
  const target = await store.startMultipart(job.key, {
    partBytes: job.partBytes,
    metadata: job.metadata,
    contentDisposition: job.contentDisposition,
    signal: context.signal,
  });
  context.send({ type: "upload-started", uploadId: target.uploadId });
  try {
    const parts = await sendParts(job, reader, target, context);
    const stored = await target.complete(context.signal);
    if (stored.bytes !== reader.bytes) {
      await store.delete(job.key);
      throw new AppError(
        "storage_failed",
        `The store holds ${stored.bytes} bytes where ${reader.bytes} were sent. The object was removed again.`,
        {
          hint: "Try again; if it repeats, the storage itself needs a look.",
        },
      );
    }
    context.send({ type: "upload-over", uploadId: target.uploadId });
    const { classA, classB, free } = store.requestCounts();
    return {
      kind: "upload",
      bytes: reader.bytes,
      etag: stored.etag,
      parts,
      headerSha256: reader.header.sha256,
      storageVersion: reader.header.storageVersion,
      sentBytes: reader.bytes,
      requests: classA + classB + free,
      tornFreeBlocks: reader.tornFreeBlocks,
      spilledBytes: reader.spilledBytes,
    };
  } catch (error) {
    await target.abort();
    context.send({ type: "upload-over", uploadId: target.uploadId });
    throw error;
  }
}

async function sendParts(
  job: UploadJob,
  reader: SnapshotReader,
  target: MultipartUpload,
  context: JobContext,
): Promise<string[]> {
  const hashes: string[] = [];
  const onTheirWay = new Set<Promise<void>>();
  // One failed part stops the rest; the first error is the one to tell.
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  let failure: unknown = null;
  let sentBytes = 0;
  let held = true;

  try {
    for (let part = await reader.next(job.partBytes); part && !failure; part = await reader.next(job.partBytes)) {
      const body = part;
      const hash = createHash("sha256").update(body).digest("hex");
      hashes.push(hash);
      const sending = target.putPart(hashes.length, body, hash, signal).then(
        () => {
          sentBytes += body.length;
          context.send({ type: "progress", doneBytes: sentBytes, totalBytes: reader.bytes });
        },
        (error: unknown) => {
          failure ??= error;
          stop.abort();
        },
      );
      const tracked: Promise<void> = sending.finally(() => onTheirWay.delete(tracked));
      onTheirWay.add(tracked);
      if (held && context.spillWanted()) {
        if (!(await reader.spill(job.scratchFile))) failure ??= snapshotChanged();
        held = false;
        context.send({ type: "released" });
      }
      while (onTheirWay.size >= job.partsInFlight) await Promise.race(onTheirWay);
    }
    if (held && !failure) {
      if (!(await reader.unchanged())) failure = snapshotChanged();
      context.send({ type: "released" });
    }
  } catch (error) {
    failure ??= error;
    stop.abort();
  }
  await Promise.all(onTheirWay);
  if (context.signal.aborted) throw new AppError("cancelled", "The upload was cancelled. Nothing was registered.");
  if (failure) throw failure;
  return hashes;
}
