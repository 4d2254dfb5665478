import { systemClock } from "../clock";
import { AppError, hasCode, isAppError } from "../errors";
import type { MultipartUpload, ObjectStore, StoredObject } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import { HeldSource } from "./held-source";
import { PartMover } from "./part-mover";
import type { BaseFile, JobContext, UnfinishedParts, UploadJob, UploadResult } from "./protocol";

/** Reading, hashing, copying and sending overlap; nothing is visible in the store before the whole snapshot was read and found unchanged. */
export async function upload(job: UploadJob, context: JobContext): Promise<UploadResult> {
  const store = await openStore(job.store, { clock: systemClock });
  context.watchRequests?.(store);
  const source = await HeldSource.open(job, context);
  const signal = AbortSignal.any([context.signal, source.lost]);
  const uploading: Uploading = {
    job,
    source,
    store,
    signal,
    cancelled: context.signal,
    send: context.send,
    copyRefused: false,
  };
  try {
    const base = await findBase(uploading);
    // An upload that was begun is finished or dropped by the parts' way, not left behind by this one.
    const same = base && !job.unfinished && isSameByHeader(base.file, source);
    const unchanged = same ? await copyWhole(uploading, base) : null;
    if (base && unchanged) return resultOf(uploading, { ...unchanged, parts: base.file.parts });
    return await uploadParts(uploading, base);
  } catch (error) {
    if (context.signal.aborted) throw new AppError("cancelled", "The upload was cancelled. Nothing was registered.");
    throw source.lost.aborted ? source.lost.reason : error;
  } finally {
    await source.close();
  }
}

interface Uploading {
  job: UploadJob;
  source: HeldSource;
  store: ObjectStore;
  /** The parent's cancel, or the loss of the snapshot. */
  signal: AbortSignal;
  cancelled: AbortSignal;
  send: JobContext["send"];
  /** The store has refused to copy the base whole: it is not asked again. */
  copyRefused: boolean;
}

interface FoundBase {
  file: BaseFile;
  object: StoredObject;
}

/** The manifest's word counts only while the object is the one it was written for. */
async function findBase({ job, store, signal }: Uploading): Promise<FoundBase | null> {
  const file = job.base;
  if (!file || file.partBytes !== job.partBytes) return null;
  const object = await store.head(file.key, { signal });
  return object?.etag === file.etag && object.bytes === file.bytes ? { file, object } : null;
}

/** Header and history: no checkpoint has come between. The length too, for a rollback can leave free blocks behind. */
function isSameByHeader(base: BaseFile, { facts }: HeldSource): boolean {
  return base.sameHistory && base.headerSha256 === facts.header.sha256 && base.bytes === facts.bytes;
}

/** One request instead of all the bytes. Null when the store cannot: then the parts are sent, the source is still there. */
async function copyWhole(uploading: Uploading, base: FoundBase): Promise<Whole | null> {
  const { job, store, signal, send } = uploading;
  let uploadId: string | null = null;
  const onParts = (id: string) => {
    uploadId = id;
    send({ type: "copying", uploadId });
  };
  try {
    send({ type: "copying", uploadId });
    const stored = await store.copy(base.object, job.key, { ...labels(job), onParts, signal });
    send({ type: "copied", uploadId });
    // Some S3 servers ignore the condition on a copy's source.
    if ((await findBase(uploading)) === null) return null;
    return { stored, sentBytes: 0, reusedBytes: stored.bytes, unchanged: true, mover: null };
  } catch (error) {
    if (signal.aborted || !isAppError(error) || hasCode(error, "cancelled")) throw error;
    // The store has had its retries and its look: nothing is on its way.
    send({ type: "copied", uploadId: null });
    uploading.copyRefused = true;
    return null;
  }
}

async function uploadParts(uploading: Uploading, base: FoundBase | null): Promise<UploadResult> {
  const { job, source, store, signal, send } = uploading;
  const mover = new PartMover({
    job,
    source,
    base: base?.file ?? null,
    judgeCopies: store.kind !== "local",
    begin: () => beginUpload(uploading, base),
    baseStands: async () => (await findBase(uploading)) !== null,
    signal,
    send,
    nowMs: () => performance.now(),
  });
  try {
    await mover.readAll();
    const whole = base && mover.unchanged && !uploading.copyRefused ? await copyWhole(uploading, base) : null;
    if (whole) {
      await source.settle(mover.hashes.map((_, index) => index + 1));
      return resultOf(uploading, { ...whole, parts: mover.hashes });
    }
    if (mover.unchanged) mover.giveUpCopying();
    const target = await mover.finish();
    const stored = await target.complete(signal);
    await requireLength(uploading, stored);
    send({ type: "upload-over", uploadId: target.uploadId });
    const moved = { sentBytes: mover.bytes("sent"), reusedBytes: mover.bytes("copied"), unchanged: false };
    return resultOf(uploading, { ...moved, stored, mover, parts: mover.hashes });
  } catch (error) {
    // First of all: dropping the upload takes minutes when the network is silent.
    source.release();
    await mover.abandon(error);
    if (mover.upload) await dropUnlessKept(uploading, mover.upload, error);
    else if (job.unfinished && hasCode(error, "storage_upload_gone")) await forgetUnfinished(uploading, job.unfinished);
    throw error;
  }
}

/** What an earlier try stored is judged by its hash, part by part; of a file that became shorter the surplus is left out. */
async function beginUpload(
  { job, source, store, signal, send }: Uploading,
  base: FoundBase | null,
): Promise<MultipartUpload> {
  const options = { partBytes: job.partBytes, ...labels(job), signal, ...(base && { copyFrom: base.object }) };
  if (job.unfinished) {
    const { uploadId, writeMark, parts } = job.unfinished;
    const receipts = parts.map((part) => part.receipt).filter(({ partNumber }) => partNumber <= source.partCount);
    return store.resumeMultipart(job.key, { uploadId, writeMark, receipts }, options);
  }
  const target = await store.startMultipart(job.key, options);
  send({ type: "upload-started", uploadId: target.uploadId, writeMark: target.writeMark });
  return target;
}

async function dropUnlessKept(
  { job, cancelled, send }: Uploading,
  target: MultipartUpload,
  error: unknown,
): Promise<void> {
  const keep = job.keepUnfinished && !cancelled.aborted && !hasCode(error, "storage_upload_gone");
  if (keep) return;
  await target.abort();
  send({ type: "upload-over", uploadId: target.uploadId });
}

/** The parts cannot be gone on with; what the store may still have of them goes. */
async function forgetUnfinished({ job, store, send }: Uploading, { uploadId }: UnfinishedParts): Promise<void> {
  await store.abortMultipart(job.key, uploadId);
  send({ type: "upload-over", uploadId });
}

async function requireLength({ job, source, store }: Uploading, stored: StoredObject): Promise<void> {
  const { bytes } = source.facts;
  if (stored.bytes === bytes) return;
  await store.delete(job.key);
  throw new AppError(
    "storage_failed",
    `The store holds ${stored.bytes} bytes where ${bytes} were sent. The object was removed again.`,
    { hint: "Try again; if it repeats, the storage itself needs a look." },
  );
}

interface Whole {
  stored: StoredObject;
  sentBytes: number;
  reusedBytes: number;
  unchanged: boolean;
  mover: PartMover | null;
}

function resultOf({ source, store }: Uploading, done: Whole & { parts: string[] }): UploadResult {
  const { stored, mover, parts, sentBytes, reusedBytes, unchanged } = done;
  const { bytes, header, tornFreeBlocks, spilledBytes } = source.facts;
  return {
    kind: "upload",
    bytes,
    etag: stored.etag,
    parts,
    headerSha256: header.sha256,
    storageVersion: header.storageVersion,
    sentBytes,
    reusedBytes,
    requests: store.requestCounts(),
    unchanged,
    copyGivenUp: mover?.copyGivenUp ?? false,
    sendRate: mover?.rates.rate("send") ?? null,
    copyRate: mover?.rates.rate("copy") ?? null,
    tornFreeBlocks,
    spilledBytes,
  };
}

function labels(job: UploadJob): { metadata: Record<string, string>; contentDisposition: string } {
  return { metadata: job.metadata, contentDisposition: job.contentDisposition };
}
