import type { BigIntStats } from "node:fs";
import { chmod, type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import { cloneFile } from "./local-copy";
import { errorCodeOf } from "./local-errors";
import { HIDDEN_FOLDER, parentFolders } from "./local-paths";
import type { StoredObject } from "./object-store";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** A delete may remove the empty folder that a write has just made; the write makes it again, but not for ever. */
const PLACE_ATTEMPTS = 10;
/** R2 drops unfinished uploads after seven days; the folder does the same. */
const UPLOAD_KEPT_MS = 7 * 24 * 3_600_000;
/** A copy grows until it is renamed: one that stood still this long belongs to a killed process, and may be large. */
const COPY_KEPT_MS = 3_600_000;

/** Hidden files of whole copies, which nobody comes back for. */
export const COPY_NAME_START = "copy-";

export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>;

interface LocalFilesDeps {
  clock: Clock;
  openFile?: OpenFile | undefined;
  /** Tests stand in for a file system that can clone. */
  cloneFile?: typeof cloneFile | undefined;
}

/** How bytes become durable files: temporary file in the hidden folder, fsync, one atomic step, fsync of the folder. */
export interface LocalFiles {
  /** A new file in the hidden folder, beside the objects so that a rename never crosses a file system. */
  openHidden(name: string): Promise<FileHandle>;
  /** A new hidden file that shares the bytes of `from`, open for writing; null where the file system cannot clone. */
  cloneHidden(name: string, from: string): Promise<FileHandle | null>;
  /** A hidden file of an earlier process, open for writing; null when it is gone. */
  reopenHidden(name: string): Promise<FileHandle | null>;
  /** Length of a hidden file, or null when it is gone. */
  hiddenBytes(name: string): Promise<number | null>;
  /** Makes a finished hidden file durable and stamps it with a time that no earlier write of this store had. */
  seal(handle: FileHandle): Promise<BigIntStats>;
  /** Moves a sealed file to its key's path. With `exclusive`, false when something is there already. */
  place(name: string, path: string, exclusive: boolean): Promise<boolean>;
  /** Removes an object and the folders that it leaves empty. */
  remove(path: string): Promise<void>;
  removeHidden(name: string): Promise<void>;
  /** Drops what killed processes left in the hidden folder long ago. */
  sweepHidden(): Promise<void>;
}

export function createLocalFiles(folder: string, deps: LocalFilesDeps): LocalFiles {
  const openFile = deps.openFile ?? open;
  const clone = deps.cloneFile ?? cloneFile;
  const hidden = join(folder, HIDDEN_FOLDER);
  const hiddenPath = (name: string) => join(hidden, name);
  let lastStampMicros = 0;

  /** The kernel's own stamp is as coarse as its tick, and inodes are used again: two writes could share an ETag. */
  function nextStampSeconds(): number {
    const now = deps.clock.now().getTime() * 1000 + (Number.parseInt(deps.clock.randomHex(2), 16) % 1000);
    lastStampMicros = Math.max(now, lastStampMicros + 1);
    return lastStampMicros / 1_000_000;
  }

  const makeHidden = () => mkdir(hidden, { recursive: true, mode: FOLDER_MODE });

  return {
    async openHidden(name) {
      await makeHidden();
      return openFile(hiddenPath(name), "wx+", FILE_MODE);
    },
    async cloneHidden(name, from) {
      await makeHidden();
      if (!(await clone(from, hiddenPath(name)))) return null;
      // A clone has its source's mode, and somebody may have changed that.
      await chmod(hiddenPath(name), FILE_MODE);
      return openFile(hiddenPath(name), "r+", FILE_MODE);
    },
    async reopenHidden(name) {
      try {
        return await openFile(hiddenPath(name), "r+", FILE_MODE);
      } catch (error) {
        if (errorCodeOf(error) === "ENOENT") return null;
        throw error;
      }
    },
    async hiddenBytes(name) {
      try {
        return (await lstat(hiddenPath(name))).size;
      } catch (error) {
        if (errorCodeOf(error) === "ENOENT") return null;
        throw error;
      }
    },
    async seal(handle) {
      const stamp = nextStampSeconds();
      await handle.utimes(stamp, stamp);
      await handle.sync();
      return handle.stat({ bigint: true });
    },
    async place(name, path, exclusive) {
      for (let attempt = 1; ; attempt += 1) {
        await makeFolders(path);
        try {
          if (!exclusive) await rename(hiddenPath(name), path);
          else if (!(await linkNew(hiddenPath(name), path))) return false;
          break;
        } catch (error) {
          if (errorCodeOf(error) !== "ENOENT" || attempt === PLACE_ATTEMPTS) throw error;
        }
      }
      await syncFolder(dirname(path));
      return true;
    },
    async remove(path) {
      await rm(path, { force: true });
      await syncFolder(dirname(path));
      for (const parent of parentFolders(folder, path).reverse()) {
        if (!(await removeIfEmpty(parent))) return;
      }
    },
    async removeHidden(name) {
      await rm(hiddenPath(name), { force: true });
    },
    async sweepHidden() {
      await makeHidden();
      const now = deps.clock.now().getTime();
      for (const name of await readdir(hidden)) {
        const keptMs = name.startsWith(COPY_NAME_START) ? COPY_KEPT_MS : UPLOAD_KEPT_MS;
        if ((await changedAt(hiddenPath(name))) < now - keptMs) await rm(hiddenPath(name), { force: true });
      }
    },
  };
}

/** inode, size and time to the nanosecond: a rewrite is a new file with a new stamp, so all three cannot come back. */
export function describeFile(key: string, stats: BigIntStats): StoredObject {
  return {
    key,
    bytes: Number(stats.size),
    etag: `${stats.ino.toString(16)}-${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}`,
    lastModified: new Date(Number(stats.mtimeMs)),
  };
}

async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = errorCodeOf(error);
    // A folder of that name is another matter than an object: told as such, not as a lost race.
    if (code === "EEXIST" && (await lstat(to)).isDirectory())
      throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    if (code === "EEXIST") return false;
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP") throw linksMissing(error);
    throw error;
  }
}

function linksMissing(cause: unknown): AppError {
  return new AppError(
    "storage_failed",
    "The backup folder is on a file system without hard links, so Nestegg cannot make sure that nobody overwrites a backup. Nothing was stored.",
    { hint: "Put DATA_DIR on a local file system such as ext4, xfs, btrfs or APFS, or use R2.", cause },
  );
}

/** Every new folder's own entry is synced too, else a power cut could take the folder with the durable file in it. */
async function makeFolders(path: string): Promise<void> {
  const first = await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  for (let made = dirname(path); first !== undefined; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    // Removed as empty by a concurrent delete: nothing of it is left to make durable.
    if (errorCodeOf(error) === "ENOENT") return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Of a file that another process has just finished, now: it is gone, and nothing is to be swept. */
async function changedAt(path: string): Promise<number> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return Number.POSITIVE_INFINITY;
    throw error;
  }
}

async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return true;
    if (errorCodeOf(error) === "ENOTEMPTY" || errorCodeOf(error) === "EEXIST") return false;
    throw error;
  }
}
