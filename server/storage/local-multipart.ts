import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "../errors";
import { throwIfCancelled } from "./cancel";
import { checkKey } from "./key-rules";
import { errorCodeOf, explainFileError } from "./local-errors";
import { describeFile, type LocalFiles } from "./local-files";
import { keyToPath } from "./local-paths";
import type { MultipartUpload } from "./object-store";
import { createPartList } from "./part-list";
import type { RequestCounter } from "./request-counter";

/** A copy inside the folder goes through this much memory, whatever the part's size. */
const COPY_BUFFER_BYTES = 1024 * 1024;

interface LocalUpload {
  folder: string;
  key: string;
  uploadId: string;
  partBytes: number;
  files: LocalFiles;
  counter: RequestCounter;
  /** Serialises with other writes to the key. */
  inQueue<T>(work: () => Promise<T>): Promise<T>;
}

/** The hidden file of an upload; its name is the whole state, so that a later process can drop it. */
export function uploadFileName(uploadId: string): string {
  return `upload-${uploadId}`;
}

/** One temporary file; each part is written at its own offset, so parts may come in any order and several at once. */
export async function startLocalMultipart(upload: LocalUpload): Promise<MultipartUpload> {
  const { folder, key, uploadId, partBytes, files, counter } = upload;
  const name = uploadFileName(uploadId);
  const parts = createPartList<null>(key, partBytes);
  const fail = (error: unknown) => explainFileError(error, { key, folder, doing: "write" });
  const inFlight = new Set<Promise<void>>();
  let handle: FileHandle | null;
  try {
    handle = await files.openHidden(name);
    await files.sweepHidden();
  } catch (error) {
    throw fail(error);
  }

  const uploadGone = (cause?: unknown) =>
    new AppError("storage_upload_gone", `The upload of ${key} is already finished or dropped; nothing was stored.`, {
      hint: "Start the upload again.",
      cause,
    });

  function openHandle(): FileHandle {
    if (handle) return handle;
    throw uploadGone();
  }

  /** `abort` and `complete` wait for what is under way: a write to a closed handle would fail for no reason. */
  async function track(work: () => Promise<void>): Promise<void> {
    const running = work();
    inFlight.add(running);
    try {
      await running;
    } catch (error) {
      throw fail(error);
    } finally {
      inFlight.delete(running);
    }
  }

  async function close(): Promise<void> {
    await Promise.allSettled(inFlight);
    const open = handle;
    handle = null;
    await open?.close();
  }

  return {
    uploadId,
    putPart: (partNumber, body, sha256, signal) =>
      track(async () => {
        counter.add("putPart");
        throwIfCancelled(signal);
        parts.check(partNumber, body.byteLength);
        // Hashed here for the same reason as R2 checks it: the caller may have changed the buffer since it was hashed.
        if (createHash("sha256").update(body).digest("hex") !== sha256) throw wrongHash(key, partNumber);
        await writeAll(openHandle(), body, (partNumber - 1) * partBytes);
        parts.set(partNumber, body.byteLength, null);
      }),
    copyPart: (partNumber, sourceKey, range, signal) =>
      track(async () => {
        counter.add("copyPart");
        throwIfCancelled(signal);
        checkKey(sourceKey);
        const bytes = range.end - range.start + 1;
        parts.check(partNumber, bytes);
        const target = openHandle();
        await copyRange(keyToPath(folder, sourceKey), target, { ...range, at: (partNumber - 1) * partBytes }, signal);
        parts.set(partNumber, bytes, null);
      }),
    async complete(signal) {
      counter.add("complete");
      throwIfCancelled(signal);
      await Promise.allSettled(inFlight);
      const whole = parts.whole();
      const target = openHandle();
      try {
        // A part that was sent again shorter leaves its old tail behind it.
        await target.truncate(whole.bytes);
        const object = describeFile(key, await files.seal(target));
        await upload.inQueue(() => files.place(name, keyToPath(folder, key), false));
        await close();
        return object;
      } catch (error) {
        // Dropped by `abortMultipart` of another process: our open handle wrote to a file without a name.
        throw errorCodeOf(error) === "ENOENT" ? uploadGone(error) : fail(error);
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

function wrongHash(key: string, partNumber: number): AppError {
  return new AppError(
    "storage_failed",
    `Part ${partNumber} of ${key} does not have the SHA-256 it was sent with; it was not stored.`,
    {
      hint: "Start the backup again; if this comes back, check the machine's memory.",
    },
  );
}

export async function writeAll(handle: FileHandle, body: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < body.byteLength) {
    const { bytesWritten } = await handle.write(body, done, body.byteLength - done, position + done);
    done += bytesWritten;
  }
}

async function copyRange(
  sourcePath: string,
  target: FileHandle,
  range: { start: number; end: number; at: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = await openSource(sourcePath);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(COPY_BUFFER_BYTES, range.end - range.start + 1));
    let position = range.start;
    while (position <= range.end) {
      throwIfCancelled(signal);
      const wanted = Math.min(buffer.byteLength, range.end - position + 1);
      const { bytesRead } = await source.read(buffer, 0, wanted, position);
      if (bytesRead === 0) throw sourceTooShort();
      await writeAll(target, buffer.subarray(0, bytesRead), range.at + position - range.start);
      position += bytesRead;
    }
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
