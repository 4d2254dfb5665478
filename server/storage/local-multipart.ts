import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "../errors";
import { throwIfCancelled } from "./cancel";
import { checkKey } from "./key-rules";
import { copyBytes, writeAll } from "./local-copy";
import { errorCodeOf, explainFileError } from "./local-errors";
import { describeFile, type LocalFiles } from "./local-files";
import { keyToPath } from "./local-paths";
import { beginUploadFile, uploadFileName } from "./local-upload-file";
import type { MultipartOptions, MultipartUpload, PartReceipt, StoredObject } from "./object-store";
import { createPartList } from "./part-list";
import { uploadGone } from "./refusals";
import type { RequestCounter } from "./request-counter";

interface LocalUpload {
  folder: string;
  key: string;
  uploadId: string;
  files: LocalFiles;
  counter: RequestCounter;
  /** Stands in each receipt: a part is there as long as the machine was not started anew. */
  bootId: string;
  /** Serialises with other writes to the key. */
  inQueue<T>(work: () => Promise<T>): Promise<T>;
}

/** One temporary file; each part is written at its own offset, so parts may come in any order and several at once. */
export async function startLocalMultipart(upload: LocalUpload, options: MultipartOptions): Promise<MultipartUpload> {
  const { partBytes, copyFrom } = options;
  const { files, folder, uploadId } = upload;
  const begun = beginUploadFile(files, { folder, uploadId, copyFrom });
  // A clone is made while the caller reads; whoever needs the file first gets its failure.
  if (copyFrom) begun.catch(() => undefined);
  else await failing(upload, () => begun);
  return createUpload(upload, { begun, partBytes, receipts: [] });
}

/** The name of the hidden file is all that is needed, but bytes that a power cut may have taken are not believed. */
export async function resumeLocalMultipart(
  upload: LocalUpload,
  { partBytes, receipts }: { partBytes: number; receipts: PartReceipt[] },
): Promise<MultipartUpload> {
  const { key, uploadId, files, bootId } = upload;
  if (receipts.some(({ facts }) => facts !== bootId)) throw uploadGone(key);
  const bytes = await failing(upload, () => files.hiddenBytes(uploadFileName(uploadId)));
  const end = Math.max(0, ...receipts.map((part) => (part.partNumber - 1) * partBytes + part.bytes));
  if (bytes === null || bytes < end) throw uploadGone(key);
  return createUpload(upload, { begun: Promise.resolve(null), partBytes, receipts });
}

interface Begun {
  /** Settles when the hidden file is there; tells which object's bytes it holds, each at its own place. */
  begun: Promise<StoredObject | null>;
  partBytes: number;
  receipts: PartReceipt[];
}

function createUpload(upload: LocalUpload, { begun, partBytes, receipts }: Begun): MultipartUpload {
  const { folder, key, uploadId, files, counter, bootId } = upload;
  const name = uploadFileName(uploadId);
  const parts = createPartList(key, partBytes, receipts);
  const fail = (error: unknown) => explainFileError(error, { key, folder, doing: "write" });
  const inFlight = new Set<Promise<unknown>>();
  /** Parts that do not hold the clone's bytes any more. */
  const overwritten = new Set<number>();
  let isOpen = true;

  /** Opened for each part: whoever goes on later, or never comes back, leaves no file open. */
  async function withFile<T>(work: (file: FileHandle, clonedFrom: StoredObject | null) => Promise<T>): Promise<T> {
    const clonedFrom = await begun;
    const file = isOpen ? await files.reopenHidden(name) : null;
    if (!file) throw uploadGone(key);
    try {
      return await work(file, clonedFrom);
    } finally {
      await file.close();
    }
  }

  /** `abort` and `complete` wait for what is under way: a part that is still being written would be cut or lost. */
  async function track(work: () => Promise<PartReceipt>): Promise<PartReceipt> {
    const running = work();
    inFlight.add(running);
    try {
      return await running;
    } catch (error) {
      throw fail(error);
    } finally {
      inFlight.delete(running);
    }
  }

  return {
    uploadId,
    // Nothing to recognise: a rename has no answer that could be lost.
    writeMark: uploadId,
    putPart: (partNumber, body, sha256, signal) =>
      track(async () => {
        counter.add("putPart");
        throwIfCancelled(signal);
        parts.check(partNumber, body.byteLength);
        // Hashed here for the same reason as R2 checks it: the caller may have changed the buffer since it was hashed.
        if (createHash("sha256").update(body).digest("hex") !== sha256) throw wrongHash(key, partNumber);
        await withFile((file) => {
          overwritten.add(partNumber);
          return writeAll(file, body, (partNumber - 1) * partBytes);
        });
        return parts.set({ partNumber, bytes: body.byteLength, facts: bootId });
      }),
    copyPart: (partNumber, sourceKey, range, signal) =>
      track(async () => {
        counter.add("copyPart");
        throwIfCancelled(signal);
        checkKey(sourceKey);
        const bytes = range.end - range.start + 1;
        parts.check(partNumber, bytes);
        const at = (partNumber - 1) * partBytes;
        await withFile(async (file, clonedFrom) => {
          const isThere = clonedFrom?.key === sourceKey && range.start === at && range.end < clonedFrom.bytes;
          if (isThere && !overwritten.has(partNumber)) return;
          overwritten.add(partNumber);
          await copyRange(keyToPath(folder, sourceKey), file, { ...range, at }, signal);
        });
        return parts.set({ partNumber, bytes, facts: bootId });
      }),
    async complete(signal) {
      counter.add("complete");
      throwIfCancelled(signal);
      await Promise.allSettled(inFlight);
      const whole = parts.whole();
      try {
        return await withFile(async (file) => {
          // A part that was sent again shorter leaves its old tail behind it, and a clone its source's.
          await file.truncate(whole.bytes);
          const object = describeFile(key, await files.seal(file));
          await upload.inQueue(() => files.place(name, keyToPath(folder, key), false));
          isOpen = false;
          return object;
        });
      } catch (error) {
        // Dropped by `abortMultipart` of another process in this very moment.
        throw errorCodeOf(error) === "ENOENT" ? uploadGone(key, error) : fail(error);
      }
    },
    async abort() {
      counter.add("abort");
      try {
        isOpen = false;
        await Promise.allSettled([begun, ...inFlight]);
        await files.removeHidden(name);
      } catch (error) {
        throw fail(error);
      }
    },
  };
}

async function failing<T>({ key, folder }: LocalUpload, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFileError(error, { key, folder, doing: "write" });
  }
}

function wrongHash(key: string, partNumber: number): AppError {
  return new AppError(
    "storage_failed",
    `Part ${partNumber} of ${key} does not have the SHA-256 it was sent with; it was not stored.`,
    {
      hint: "Start the backup again; if this comes back, check the machine's memory.",
    },
  );
}

async function copyRange(
  sourcePath: string,
  target: FileHandle,
  range: { start: number; end: number; at: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = await openSource(sourcePath);
  try {
    if (!(await copyBytes(source, target, range, signal))) throw sourceTooShort();
  } finally {
    await source.close();
  }
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") throw sourceTooShort(error);
    throw error;
  }
}

function sourceTooShort(cause?: unknown): AppError {
  return new AppError(
    "storage_failed",
    "The object to copy from is missing or shorter than expected; nothing was stored.",
    {
      hint: "Send the whole file instead of copying from the earlier backup.",
      cause,
    },
  );
}
