import { chmod, mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Client, createClient } from "@libsql/client";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
import { AppError } from "../errors";
import * as schema from "./schema";

export type Drizzle = LibSQLDatabase<typeof schema>;
export type Statement = BatchItem<"sqlite">;

/** One connection, one writer at a time. Errors come out without the statement's values: they hold hashes and addresses. */
export interface ControlDatabase {
  /** For drizzle's builders and for the few pragmas; never write through it directly. */
  readonly db: Drizzle;
  readonly client: Client;
  /** The file behind it, or null for a libSQL server. */
  readonly path: string | null;
  read<T>(work: (db: Drizzle) => Promise<T>): Promise<T>;
  /** Waits for the writes before it. What `work` reads stays true until its `batch`. */
  write<T>(work: (db: Drizzle) => Promise<T>): Promise<T>;
  /** All of them or none. The first one must write: BEGIN is deferred, and a reader that turns writer can lose to another process. */
  batch(statements: Statement[]): Promise<void>;
  /** After the writes that wait; a second call does nothing. The WAL is folded back, so that the one file is whole. */
  close(): Promise<void>;
}

/** The command line may write while the server runs; libSQL waits inside this process's only thread, so it stays short. */
const BUSY_TIMEOUT_MS = 1_000;
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

export async function openControlDatabase(url: string): Promise<ControlDatabase> {
  const path = filePath(url);
  if (path) await makePrivateFile(path);
  const client = connect(url);
  const db = drizzle(client, { schema });
  let lastWrite: Promise<unknown> = Promise.resolve();

  const write: ControlDatabase["write"] = (work) => {
    const result = lastWrite.then(() => work(db)).catch(rethrowPlain);
    lastWrite = result.catch(() => undefined);
    return result;
  };
  return {
    db,
    client,
    path,
    read: (work) => work(db).catch(rethrowPlain),
    write,
    batch: (statements) => write((writer) => runBatch(writer, statements)),
    async close() {
      await lastWrite;
      if (client.closed) return;
      try {
        if (path) await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      } finally {
        client.close();
      }
    },
  };
}

export async function runBatch(db: Drizzle, statements: Statement[]): Promise<void> {
  const [first, ...rest] = statements;
  if (first) await db.batch([first, ...rest]);
}

/** libSQL's own rule for file URLs: percent-encoding is undone, a relative path starts at the working folder. */
function filePath(url: string): string | null {
  const match = /^file:(?:\/\/(?:localhost)?(?=\/))?([^?#]*)/i.exec(url);
  if (!match?.[1]) return null;
  try {
    return resolve(decodeURIComponent(match[1]));
  } catch {
    return resolve(match[1]);
  }
}

/**
 * Made before SQLite opens it, for `-wal` and `-shm` inherit its mode. Never later: closing any descriptor of the file
 * would drop the locks that SQLite holds in this process.
 */
async function makePrivateFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER_MODE });
    await (await open(path, "a", PRIVATE_FILE_MODE)).close();
    await chmod(path, PRIVATE_FILE_MODE);
    for (const companion of [`${path}-wal`, `${path}-shm`]) await chmodIfThere(companion);
  } catch (cause) {
    throw new AppError("setting_invalid", `The control database ${path} cannot be opened; nothing was changed.`, {
      hint: "Give the user that runs Nestegg the right to write there, or set CONTROL_DATABASE_URL to another file.",
      cause,
    });
  }
}

async function chmodIfThere(path: string): Promise<void> {
  await chmod(path, PRIVATE_FILE_MODE).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** One connection: a pragma set on one of several pooled ones would hold for some statements and not for others. */
function connect(url: string): Client {
  try {
    return createClient({ url, concurrency: 1, timeout: BUSY_TIMEOUT_MS });
  } catch (cause) {
    throw new AppError("setting_invalid", "CONTROL_DATABASE_URL does not name a control database that can be opened.", {
      hint: "Use a file such as file:./data/control.db, or the address of a libSQL server.",
      cause,
    });
  }
}

/** Drizzle's error repeats the statement and its values; only the engine's own error below it may travel or be logged. */
function rethrowPlain(error: unknown): never {
  const engine = error instanceof Error && error.cause !== undefined && "params" in error ? error.cause : error;
  if (engineCode(engine) === "SQLITE_FULL") {
    throw new AppError(
      "disk_full",
      "The control database could not be written, the disk is full. Nothing was changed.",
      {
        hint: "Free some space in the folder of the control database, then try again.",
        cause: engine,
      },
    );
  }
  throw engine;
}

export function engineCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
