import { type FileHandle, lstat } from "node:fs/promises";
import { describeFile, type LocalFiles } from "./local-files";
import { keyToPath } from "./local-paths";
import type { StoredObject } from "./object-store";

/** The name is the whole state, so that a later process can drop the upload or go on with it. */
export function uploadFileName(uploadId: string): string {
  return `upload-${uploadId}`;
}

/** An empty file, or a clone of `copyFrom` where that can be had. Tells which object's bytes it holds, each at its own place. */
export async function beginUploadFile(
  files: LocalFiles,
  { folder, uploadId, copyFrom }: { folder: string; uploadId: string; copyFrom: StoredObject | undefined },
): Promise<StoredObject | null> {
  const name = uploadFileName(uploadId);
  await files.sweepHidden();
  const clone = copyFrom ? await cloneObject(files, { folder, name, source: copyFrom }) : null;
  const handle = clone ?? (await files.openHidden(name));
  await handle.close();
  return (clone && copyFrom) ?? null;
}

/**
 * A clone of exactly this object, or null when it is not there any more or cannot be cloned. An object is only ever replaced by a rename
 * and no ETag comes back: the same ETag before and after means that the clone was made of it.
 */
export async function cloneObject(
  files: LocalFiles,
  { folder, name, source }: { folder: string; name: string; source: StoredObject },
): Promise<FileHandle | null> {
  const path = keyToPath(folder, source.key);
  const isThere = async () => {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() && describeFile(source.key, stats).etag === source.etag;
  };
  let clone: FileHandle | null = null;
  try {
    if (!(await isThere())) return null;
    clone = await files.cloneHidden(name, path);
    if (clone && (await isThere())) return clone;
  } catch {
    // Only an offer: what is wrong with the source or the disk shows when the bytes themselves are read and written.
  }
  await clone?.close();
  await files.removeHidden(name);
  return null;
}
