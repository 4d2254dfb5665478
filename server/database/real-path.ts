import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { exists, isCode } from "./durable-files";

/**
 * Where the database file itself lies or would lie. The engine follows a link and puts the WAL beside the file, so a swap, its
 * journal and what it keeps must do the same: else a restore would put a file in the place of the link.
 */
export async function realDatabasePath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
  const target = await linkTarget(path);
  if (target !== null) return target;
  const folder = dirname(path);
  return (await exists(folder)) ? join(await realpath(folder), basename(path)) : path;
}

/** Of a link whose file is missing, as on a volume that is not mounted. Null: it is no link. */
async function linkTarget(path: string): Promise<string | null> {
  try {
    return resolve(dirname(path), await readlink(path));
  } catch (error) {
    if (isCode(error, "ENOENT", "EINVAL")) return null;
    throw error;
  }
}
