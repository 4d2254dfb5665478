import { type FileHandle, lstat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import { readBootId } from "./boot-id";
import { throwIfCancelled } from "./cancel";
import { createKeyQueue } from "./key-queue";
import { checkKey } from "./key-rules";
import { type cloneFile, copyBytes, writeAll } from "./local-copy";
import { explainFileError, isMissing } from "./local-errors";
import { COPY_NAME_START, createLocalFiles, describeFile, type OpenFile } from "./local-files";
import { listFolder } from "./local-list";
import { resumeLocalMultipart, startLocalMultipart } from "./local-multipart";
import { keyToPath } from "./local-paths";
import { openObject, readObject } from "./local-read";
import { cloneObject, uploadFileName } from "./local-upload-file";
import type { CopyOptions, ObjectStore, PutOptions, StoredObject } from "./object-store";
import { preconditionFailed, sourceChanged, uploadGone } from "./refusals";
import { createRequestCounter } from "./request-counter";

const UPLOAD_ID_BYTES = 16;
/** Only ids of our own making name a file; anything else is an unknown upload, and could point elsewhere. */
const UPLOAD_ID = /^[0-9a-f]{32}$/;

interface LocalStoreDeps {
  clock: Clock;
  /** Tests hand in a disk that is full. */
  openFile?: OpenFile;
  /** Tests hand in a file system that can clone. */
  cloneFile?: typeof cloneFile;
  /** Tests start the machine anew. */
  bootId?: () => Promise<string>;
}

/** A folder that behaves like a bucket. An object is only ever replaced by a rename, so an open file never changes under its reader. */
export function createLocalStore(settings: { folder: string }, deps: LocalStoreDeps): ObjectStore {
  const folder = resolve(settings.folder);
  const files = createLocalFiles(folder, deps);
  const queue = createKeyQueue();
  const counter = createRequestCounter();
  const bootId = deps.bootId ?? (() => readBootId(deps.clock));

  async function head(key: string): Promise<StoredObject | null> {
    checkKey(key);
    try {
      const stats = await lstat(keyToPath(folder, key), { bigint: true });
      return stats.isFile() ? describeFile(key, stats) : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw explainFileError(error, { key, folder, doing: "read" });
    }
  }

  async function write(key: string, body: Uint8Array, options: PutOptions): Promise<{ etag: string }> {
    const name = `put-${deps.clock.randomHex(UPLOAD_ID_BYTES)}`;
    if (options.ifMatch !== undefined && (await head(key))?.etag !== options.ifMatch) throw preconditionFailed(key);
    const handle = await files.openHidden(name);
    try {
      await writeAll(handle, body, 0);
      const object = describeFile(key, await files.seal(handle));
      throwIfCancelled(options.signal);
      const placed = await files.place(name, keyToPath(folder, key), options.ifNoneMatch === "*");
      if (!placed) throw preconditionFailed(key);
      return { etag: object.etag };
    } finally {
      await handle.close();
      await files.removeHidden(name);
    }
  }

  async function copyObject(source: StoredObject, key: string, options: CopyOptions): Promise<StoredObject> {
    const name = `${COPY_NAME_START}${deps.clock.randomHex(UPLOAD_ID_BYTES)}`;
    const from = await openObject(folder, source.key);
    if (!from) throw sourceChanged(source.key);
    let to: FileHandle | null = null;
    try {
      if (describeFile(source.key, await from.stat({ bigint: true })).etag !== source.etag)
        throw sourceChanged(source.key);
      await files.sweepHidden();
      to = await cloneObject(files, { folder, name, source });
      const isClone = to !== null;
      to ??= await files.openHidden(name);
      if (!isClone) {
        await copyBytes(from, to, { start: 0, end: source.bytes - 1, at: 0 }, options.signal);
      }
      const object = describeFile(key, await files.seal(to));
      if ((await head(source.key))?.etag !== source.etag) throw sourceChanged(source.key);
      throwIfCancelled(options.signal);
      await queue.run(key, () => files.place(name, keyToPath(folder, key), false));
      return object;
    } finally {
      await from.close();
      await to?.close();
      await files.removeHidden(name);
    }
  }

  async function openUpload(key: string, uploadId: string) {
    const inQueue = <T>(work: () => Promise<T>) => queue.run(key, work);
    return { folder, key, uploadId, files, counter, bootId: await bootId(), inQueue };
  }

  return {
    kind: "local",
    label: `folder ${shortPath(folder)}`,
    list(prefix, options) {
      counter.add("list");
      return listFolder(folder, prefix, options?.signal);
    },
    async head(key, options) {
      counter.add("head");
      throwIfCancelled(options?.signal);
      return head(key);
    },
    async get(key, options = {}) {
      counter.add("get");
      throwIfCancelled(options.signal);
      checkKey(key);
      const handle = await openObject(folder, key);
      return handle ? readObject(handle, { key, folder, options }) : null;
    },
    async put(key, body, options = {}) {
      counter.add("put");
      throwIfCancelled(options.signal);
      checkKey(key);
      try {
        return await queue.run(key, () => write(key, body, options));
      } catch (error) {
        throw explainFileError(error, { key, folder, doing: "write" });
      }
    },
    async delete(key, options) {
      counter.add("delete");
      throwIfCancelled(options?.signal);
      checkKey(key);
      if ((await head(key)) === null) return;
      try {
        await queue.run(key, () => files.remove(keyToPath(folder, key)));
      } catch (error) {
        throw explainFileError(error, { key, folder, doing: "delete" });
      }
    },
    async copy(source, key, options) {
      counter.add("copy");
      throwIfCancelled(options.signal);
      checkKey(source.key);
      checkKey(key);
      try {
        return await copyObject(source, key, options);
      } catch (error) {
        throw explainFileError(error, { key, folder, doing: "write" });
      }
    },
    async startMultipart(key, options) {
      counter.add("startMultipart");
      throwIfCancelled(options.signal);
      checkKey(key);
      const uploadId = deps.clock.randomHex(UPLOAD_ID_BYTES);
      return startLocalMultipart(await openUpload(key, uploadId), options);
    },
    async resumeMultipart(key, { uploadId, receipts }, options) {
      throwIfCancelled(options.signal);
      checkKey(key);
      if (!UPLOAD_ID.test(uploadId)) throw uploadGone(key);
      return resumeLocalMultipart(await openUpload(key, uploadId), { partBytes: options.partBytes, receipts });
    },
    async abortMultipart(key, uploadId, options) {
      counter.add("abort");
      throwIfCancelled(options?.signal);
      if (!UPLOAD_ID.test(uploadId)) return;
      try {
        await files.removeHidden(uploadFileName(uploadId));
      } catch (error) {
        throw explainFileError(error, { key, folder, doing: "delete" });
      }
    },
    readLifecycle: async () => null,
    async writeLifecycle() {
      throw new AppError("invalid_input", "A folder has no lifecycle rules, so none were written.", {
        hint: "The retention in Settings is what deletes old backups here.",
      });
    },
    downloadUrl: async () => null,
    // A folder has no address, and its unfinished uploads do not say whose they are: they are swept by their age.
    getUnsigned: async () => null,
    listUploads: async () => null,
    clockOffsetMs: () => null,
    requestCounts: counter.read,
  };
}

function shortPath(folder: string): string {
  const fromHere = relative(process.cwd(), folder);
  return fromHere === "" || fromHere.startsWith("..") ? folder : `./${fromHere}`;
}
