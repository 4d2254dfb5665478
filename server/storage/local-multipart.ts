import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "../errors";
import { throwIfCancelled } from "./cancel";
import { checkKey } from "./key-rules";
import { copyBytes, writeAll } from "./local-copy";
import { errorCodeOf, explainFileError } from "./local-errors";
import { describeFile, type LocalFiles } from "./local-files";
import { keyToPath } from "./local-paths";
import { beginUploadFile, type UploadFile, uploadFileName } from "./local-upload-file";
import type { MultipartOptions, MultipartUpload, PartReceipt } from "./object-store";
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
  const file = beginUploadFile(upload.files, { folder: upload.folder, uploadId: upload.uploadId, copyFrom });
  // A clone is made while the caller reads; whoever needs the file first gets its failure.
  if (copyFrom) file.catch(() => undefined);
  else await failing(upload, () => file);
  return createUpload(upload, { file, partBytes, receipts: [] });
}

/** The name of the hidden file is all that is needed, but bytes that a power cut may have taken are not believed. */
export async function resumeLocalMultipart(
  upload: LocalUpload,
  { partBytes, receipts }: { partBytes: number; receipts: PartReceipt[] },
): Promise<MultipartUpload> {
  const { key, uploadId, files, bootId } = upload;
  const handle = await failing(upload, () => files.reopenHidden(uploadFileName(uploadId)));
  if (!handle) throw uploadGone(key);
  try {
    const end = Math.max(0, ...receipts.map(({ partNumber, bytes }) => (partNumber - 1) * partBytes + bytes));
    const { size } = await failing(upload, () => handle.stat());
    if (receipts.some(({ facts }) => facts !== bootId) || size < end) throw uploadGone(key);
    return createUpload(upload, { file: Promise.resolve({ handle, clonedFrom: null }), partBytes, receipts });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Begun {
  file: Promise<UploadFile>;
  partBytes: number;
  receipts: PartReceipt[];
}

function createUpload(upload: LocalUpload, { file, partBytes, receipts }: Begun): MultipartUpload {
  const { folder, key, uploadId, files, counter, bootId } = upload;
  const name = uploadFileName(uploadId);
  const parts = createPartList(key, partBytes, receipts);
  const fail = (error: unknown) => explainFileError(error, { key, folder, doing: "write" });
  const inFlight = new Set<Promise<unknown>>();
  /** Parts that do not hold the clone's bytes any more. */
  const overwritten = new Set<number>();
  let isOpen = true;

  async function openFile(): Promise<UploadFile> {
    if (!isOpen) throw uploadGone(key);
    return file;
  }

  /** `abort` and `complete` wait for what is under way: a write to a closed handle would fail for no reason. */
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

  async function close(): Promise<void> {
    const wasOpen = isOpen;
    isOpen = false;
    await Promise.allSettled(inFlight);
    if (!wasOpen) return;
    const [begun] = await Promise.allSettled([file]);
    if (begun.status === "fulfilled") await begun.value.handle.close();
  }

  /** Whether the clone holds these bytes at this very place. */
  function isThere(begun: UploadFile, partNumber: number, sourceKey: string, range: { start: number; end: number }) {
    const { clonedFrom } = begun;
    if (clonedFrom?.key !== sourceKey || overwritten.has(partNumber)) return false;
    return range.start === (partNumber - 1) * partBytes && range.end < clonedFrom.bytes;
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
        const { handle } = await openFile();
        overwritten.add(partNumber);
        await writeAll(handle, body, (partNumber - 1) * partBytes);
        return parts.set({ partNumber, bytes: body.byteLength, facts: bootId });
      }),
    copyPart: (partNumber, sourceKey, range, signal) =>
      track(async () => {
        counter.add("copyPart");
        throwIfCancelled(signal);
        checkKey(sourceKey);
        const bytes = range.end - range.start + 1;
        parts.check(partNumber, bytes);
        const begun = await openFile();
        if (!isThere(begun, partNumber, sourceKey, range)) {
          overwritten.add(partNumber);
          const at = (partNumber - 1) * partBytes;
          await copyRange(keyToPath(folder, sourceKey), begun.handle, { ...range, at }, signal);
        }
        return parts.set({ partNumber, bytes, facts: bootId });
      }),
    async complete(signal) {
      counter.add("complete");
      throwIfCancelled(signal);
      await Promise.allSettled(inFlight);
      const whole = parts.whole();
      try {
        const { handle } = await openFile();
        // A part that was sent again shorter leaves its old tail behind it, and a clone its source's.
        await handle.truncate(whole.bytes);
        const object = describeFile(key, await files.seal(handle));
        await upload.inQueue(() => files.place(name, keyToPath(folder, key), false));
        await close();
        return object;
      } catch (error) {
        // Dropped by `abortMultipart` of another process: our open handle wrote to a file without a name.
        throw errorCodeOf(error) === "ENOENT" ? uploadGone(key, error) : fail(error);
      }
    },
    async abort() {
      counter.add("abort");
      try {
        await close();
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
