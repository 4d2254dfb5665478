import { constants } from "node:fs";
import { copyFile, type FileHandle, rm } from "node:fs/promises";
import { throwIfCancelled } from "./cancel";
import { errorCodeOf } from "./local-errors";

/** A copy inside the folder goes through this much memory, whatever its size. */
const COPY_BUFFER_BYTES = 1024 * 1024;
/** What file systems say that cannot share blocks between files, or not between these two. */
const CANNOT_CLONE = ["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY", "EXDEV", "EINVAL"];

/**
 * A new file that shares the blocks of `from`, or false where the file system cannot. Never the plain copy that `copyFile` falls back
 * to: nobody could stop it, and `copyBytes` is as fast.
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (!CANNOT_CLONE.includes(errorCodeOf(error) ?? "")) throw error;
    await rm(to, { force: true });
    return false;
  }
}

/** Bytes `start` to `end` (inclusive) of one file, written to another from `at` on. False when the source ends before `end`. */
export async function copyBytes(
  source: FileHandle,
  target: FileHandle,
  range: { start: number; end: number; at: number },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BUFFER_BYTES, Math.max(range.end - range.start + 1, 0)));
  let position = range.start;
  while (position <= range.end) {
    throwIfCancelled(signal);
    const wanted = Math.min(buffer.byteLength, range.end - position + 1);
    const { bytesRead } = await source.read(buffer, 0, wanted, position);
    if (bytesRead === 0) return false;
    await writeAll(target, buffer.subarray(0, bytesRead), range.at + position - range.start);
    position += bytesRead;
  }
  return true;
}

export async function writeAll(handle: FileHandle, body: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < body.byteLength) {
    const { bytesWritten } = await handle.write(body, done, body.byteLength - done, position + done);
    done += bytesWritten;
  }
}
