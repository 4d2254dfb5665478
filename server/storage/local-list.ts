import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { throwIfCancelled } from "./cancel";
import { errorCodeOf, explainFileError } from "./local-errors";
import { describeFile } from "./local-files";
import { nameToSegment } from "./local-paths";
import type { StoredObject } from "./object-store";

/** Enough to hide the latency of a disk, few enough to leave libuv's threads to DuckDB. */
const STATS_AT_ONCE = 16;

interface Entry {
  path: string;
  key: string;
  isFolder: boolean;
  /** UTF-8 of the key, with the slash for a folder: so `a-b` sorts before `a/b` as in a bucket. */
  order: Buffer;
}

/** Walks the folder in the order of the keys' bytes. Names that are no keys of ours, and symbolic links, are passed over. */
export async function* listFolder(folder: string, prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
  try {
    yield* walk(folder, "", prefix, signal);
  } catch (error) {
    throw explainFileError(error, { key: "", folder, doing: "list" });
  }
}

async function* walk(
  path: string,
  keyStart: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredObject> {
  throwIfCancelled(signal);
  const entries = await readEntries(path, keyStart, prefix);
  for (let start = 0; start < entries.length; start += STATS_AT_ONCE) {
    throwIfCancelled(signal);
    const batch = entries.slice(start, start + STATS_AT_ONCE);
    const facts = await Promise.all(batch.map((entry) => (entry.isFolder ? null : statFile(entry))));
    for (const [index, entry] of batch.entries()) {
      if (entry.isFolder) yield* walk(entry.path, entry.key, prefix, signal);
      const object = facts[index];
      if (object) yield object;
    }
  }
}

async function readEntries(path: string, keyStart: string, prefix: string): Promise<Entry[]> {
  let names: Dirent[];
  try {
    names = await readdir(path, { withFileTypes: true });
  } catch (error) {
    // Not there yet, or removed as empty while the listing ran.
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
  return names
    .flatMap((name) => toEntry(path, keyStart, name) ?? [])
    .filter((entry) => entry.key.startsWith(prefix) || (entry.isFolder && prefix.startsWith(entry.key)))
    .sort((a, b) => Buffer.compare(a.order, b.order));
}

function toEntry(path: string, keyStart: string, name: Dirent): Entry | null {
  const segment = nameToSegment(name.name);
  if (segment === null || !(name.isFile() || name.isDirectory())) return null;
  const isFolder = name.isDirectory();
  const key = keyStart + segment + (isFolder ? "/" : "");
  return { path: join(path, name.name), key, isFolder, order: Buffer.from(key) };
}

async function statFile(entry: Entry): Promise<StoredObject | null> {
  try {
    return describeFile(entry.key, await lstat(entry.path, { bigint: true }));
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return null;
    throw error;
  }
}
