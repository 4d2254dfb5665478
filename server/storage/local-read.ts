import { type FileHandle, lstat, open } from "node:fs/promises";
import { AppError } from "../errors";
import { createBodyStream } from "./body-stream";
import { throwIfCancelled } from "./cancel";
import { explainFileError, isMissing } from "./local-errors";
import { describeFile } from "./local-files";
import { keyToPath } from "./local-paths";
import type { GetOptions, ObjectBody } from "./object-store";
import { preconditionFailed, rangeInvalid } from "./refusals";

/** Big enough that the disk, not the call, sets the pace; small enough that a reader's memory stays flat. */
const READ_CHUNK_BYTES = 256 * 1024;

/** Null where there is no object. What is opened stays what it is: an object is only ever replaced by a rename. */
export async function openObject(folder: string, key: string): Promise<FileHandle | null> {
  const path = keyToPath(folder, key);
  try {
    if (!(await lstat(path)).isFile()) return null;
    return await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return null;
    throw explainFileError(error, { key, folder, doing: "read" });
  }
}

/** The body of an opened object, read as it is wanted; the file is closed with the stream. */
export async function readObject(
  handle: FileHandle,
  { key, folder, options }: { key: string; folder: string; options: GetOptions },
): Promise<ObjectBody> {
  try {
    const object = describeFile(key, await handle.stat({ bigint: true }));
    if (options.ifMatch !== undefined && options.ifMatch !== object.etag) throw preconditionFailed(key);
    const start = options.range?.start ?? 0;
    if (options.range && (start >= object.bytes || options.range.end < start)) throw rangeInvalid(key);
    const end = Math.min(options.range?.end ?? Number.POSITIVE_INFINITY, object.bytes - 1);
    let position = start;
    const stream = createBodyStream({
      async read() {
        throwIfCancelled(options.signal);
        if (position > end) return null;
        const chunk = Buffer.allocUnsafe(Math.min(READ_CHUNK_BYTES, end - position + 1));
        const { bytesRead } = await readFailing(handle, chunk, position, { key, folder });
        position += bytesRead;
        return chunk.subarray(0, bytesRead);
      },
      close: () => handle.close(),
    });
    return { bytes: end - start + 1, totalBytes: object.bytes, etag: object.etag, stream };
  } catch (error) {
    await handle.close();
    throw explainFileError(error, { key, folder, doing: "read" });
  }
}

async function readFailing(handle: FileHandle, chunk: Buffer, position: number, at: { key: string; folder: string }) {
  try {
    const result = await handle.read(chunk, 0, chunk.byteLength, position);
    if (result.bytesRead > 0) return result;
  } catch (error) {
    throw explainFileError(error, { ...at, doing: "read" });
  }
  throw new AppError("storage_failed", `${at.key} became shorter while it was read; what was read is not used.`, {
    hint: "Something other than Nestegg changed the file in the backup folder; verify this backup.",
  });
}
