import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type Client, createClient } from "@libsql/client";
import { AppError } from "../errors";

export interface DataFolderLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only Nestegg on a data folder. A write transaction that stays open on a SQLite file of its own is a real
 * lock of the operating system: it goes with the process, however that ends, and two starters cannot both get it. The pid
 * beside it is only for the message.
 */
export async function lockDataFolder(folder: string): Promise<DataFolderLock> {
  const pidFile = join(folder, "nestegg.pid");
  const client = openLockFile(folder);
  try {
    await client.execute("PRAGMA busy_timeout = 0");
    const lock = await client.transaction("write");
    await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
    // Without a reference the collector would take the connection, and the lock with it.
    const keep = () => void lock;
    process.once("exit", keep);
    return {
      async release() {
        process.off("exit", keep);
        await lock.rollback();
        client.close();
      },
    };
  } catch (error) {
    client.close();
    if (!String((error as { code?: unknown }).code).startsWith("SQLITE_BUSY")) throw notWritable(folder, error);
    const pid = (await readFile(pidFile, "utf8").catch(() => "unknown")).trim();
    throw new AppError("conflict", `another Nestegg (pid ${pid}) owns ${shown(folder)}. Nothing was touched.`, {
      hint: `Stop it first (kill ${pid}), or give this one a DATA_DIR and a PORT of its own.`,
      cause: error,
    });
  }
}

/** The client opens the file at once, and throws without a code when it cannot. */
function openLockFile(folder: string): Client {
  try {
    return createClient({ url: pathToFileURL(join(folder, "nestegg.lock")).href });
  } catch (error) {
    throw notWritable(folder, error);
  }
}

function notWritable(folder: string, cause: unknown): AppError {
  return new AppError(
    "internal",
    `The data folder ${shown(folder)} cannot be written, so it was not locked. Nothing was touched.`,
    {
      hint: "Make it a folder that this user may write, on a disk that is not full and not mounted read-only; or set DATA_DIR.",
      cause,
    },
  );
}

/** "./data", as the person wrote it, where it lies below the present folder. */
function shown(folder: string): string {
  const below = relative(process.cwd(), folder);
  return below.startsWith("..") ? folder : `./${below}`;
}
