import type { FileHandle } from "node:fs/promises";

/** Writes all of `bytes`: one call may take less, for instance on a disk that is filling up. */
export async function writeAll(handle: Pick<FileHandle, "write">, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Fills `target`, or as much of it as there is before the end of the file; returns how much that was. */
export async function readInto(
  handle: Pick<FileHandle, "read">,
  target: Uint8Array,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
