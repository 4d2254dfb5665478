import { createHash } from "node:crypto";
import { systemClock } from "../clock";
import { AppError } from "../errors";
import type { MultipartUpload, ObjectStore } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import { HeldSource } from "./held-source";
import type { JobContext, UploadJob, UploadResult } from "./protocol";

/** Reading, hashing and sending overlap; nothing is visible in the store before the whole snapshot was read and found unchanged. */
export async function upload(job: UploadJob, context: JobContext): Promise<UploadResult> {
  const store = await openStore(job.store, { clock: systemClock });
  const source = await HeldSource.open(job, context);
  const signal = AbortSignal.any([context.signal, source.lost]);
  try {
    return await uploadSnapshot(job, { source, store, signal, send: context.send });
  } catch (error) {
    if (context.signal.aborted) throw new AppError("cancelled", "The upload was cancelled. Nothing was registered.");
    throw source.lost.aborted ? source.lost.reason : error;
  } finally {
    await source.close();
  }
}

interface Sending {
  source: HeldSource;
  store: ObjectStore;
  /** The parent's cancel, or the loss of the snapshot. */
  signal: AbortSignal;
  send: JobContext["send"];
}

async function uploadSnapshot(job: UploadJob, sending: Sending): Promise<UploadResult> {
  const { source, store, signal, send } = sending;
  const { bytes, header } = source.facts;
  const target = await store.startMultipart(job.key, {
    partBytes: job.partBytes,
    metadata: job.metadata,
    contentDisposition: job.contentDisposition,
    signal,
  });
  send({ type: "upload-started", uploadId: target.uploadId });
  try {
    const parts = await sendParts(job, target, sending);
    const stored = await target.complete(signal);
    if (stored.bytes !== bytes) {
      await store.delete(job.key);
      throw new AppError(
        "storage_failed",
        `The store holds ${stored.bytes} bytes where ${bytes} were sent. The object was removed again.`,
        {
          hint: "Try again; if it repeats, the storage itself needs a look.",
        },
      );
    }
    send({ type: "upload-over", uploadId: target.uploadId });
    const { classA, classB, free } = store.requestCounts();
    return {
      kind: "upload",
      bytes,
      etag: stored.etag,
      parts,
      headerSha256: header.sha256,
      storageVersion: header.storageVersion,
      sentBytes: bytes,
      requests: classA + classB + free,
      tornFreeBlocks: source.facts.tornFreeBlocks,
      spilledBytes: source.facts.spilledBytes,
    };
  } catch (error) {
    // First of all: dropping the upload takes minutes when the network is silent.
    source.release();
    await target.abort();
    send({ type: "upload-over", uploadId: target.uploadId });
    throw error;
  }
}

async function sendParts(job: UploadJob, target: MultipartUpload, sending: Sending): Promise<string[]> {
  const { source, send } = sending;
  const totalBytes = source.facts.bytes;
  const hashes: string[] = [];
  const onTheirWay = new Set<Promise<void>>();
  // One failed part stops the rest; the first error is the one to tell.
  const stop = new AbortController();
  const signal = AbortSignal.any([sending.signal, stop.signal]);
  let failure: unknown = null;
  let sentBytes = 0;

  const sendPart = async (partNumber: number, body: Buffer, hash: string) => {
    try {
      await target.putPart(partNumber, body, hash, signal);
      sentBytes += body.length;
      send({ type: "progress", doneBytes: sentBytes, totalBytes });
    } catch (error) {
      failure ??= error;
      stop.abort();
    }
  };
  try {
    for (let part = await source.next(job.partBytes); part && !failure; part = await source.next(job.partBytes)) {
      const hash = createHash("sha256").update(part).digest("hex");
      hashes.push(hash);
      const tracked: Promise<void> = sendPart(hashes.length, part, hash).finally(() => onTheirWay.delete(tracked));
      onTheirWay.add(tracked);
      while (onTheirWay.size >= job.partsInFlight) await Promise.race(onTheirWay);
    }
  } catch (error) {
    failure ??= error;
    stop.abort();
  }
  await Promise.all(onTheirWay);
  if (failure) throw failure;
  return hashes;
}
