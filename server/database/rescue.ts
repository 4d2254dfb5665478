import { constants, copyFile, mkdir, stat, truncate } from "node:fs/promises";
import { basename, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { AppError } from "../errors";
import { exists, isCode, syncFile } from "./durable-files";
import { type Inspection, type InspectOptions, inspectFile } from "./inspect";
import { quoted } from "./quoted";
import { WAL_SUFFIXES } from "./swap";

export interface RescueInput {
  databasePath: string;
  /** Below the database's folder, empty or missing. The parent removes it. */
  scratchFolder: string;
  /** Take only this many bytes of the WAL: the rest is no whole transaction. Null: all of it. */
  walEnd: number | null;
}

export interface RescueReport {
  /** The rescued file in the scratch folder: whole, without a WAL, synced. */
  rescuedPath: string;
  bytes: number;
  inspection: Inspection;
}

/** Names that DuckDB gives to databases of its own: a file of such a name is attached under another one. */
const RESERVED_NAMES = ["memory", "system", "temp"];

/**
 * Replays a WAL that DuckDB cannot replay when it opens the file by itself: attached to an instance that has a default
 * database, most of those logs replay (15 of 15 measured). Works on copies only, and only in a process of its own:
 * a log that is wrong in some other way can end the process. Throws when the result does not open or does not read.
 */
export async function rescueFile(input: RescueInput, options: InspectOptions = {}): Promise<RescueReport> {
  const copy = await copyAside(input);
  await attachAndCheckpoint(copy);
  if (await exists(`${copy}.wal`)) {
    throw new AppError(
      "database_unusable",
      "DuckDB did not fold the write-ahead log into the copy; nothing was changed.",
    );
  }
  await syncFile(copy);
  const inspection = await inspectFile(copy, options);
  return { rescuedPath: copy, bytes: (await stat(copy)).size, inspection };
}

/** Under the same file name: the engine derives the catalog's name from it, and a view may hold that name. */
async function copyAside({ databasePath, scratchFolder, walEnd }: RescueInput): Promise<string> {
  const copy = join(scratchFolder, basename(databasePath));
  try {
    await mkdir(scratchFolder, { recursive: true, mode: 0o700 });
    await copyFile(databasePath, copy, constants.COPYFILE_FICLONE);
    for (const suffix of WAL_SUFFIXES) {
      if (await exists(databasePath + suffix)) await copyFile(databasePath + suffix, copy + suffix);
    }
    if (walEnd !== null) await truncate(`${copy}.wal`, walEnd);
  } catch (error) {
    if (isCode(error, "ENOSPC", "EDQUOT")) {
      throw new AppError(
        "disk_full",
        "The disk has no room for the copy that a rescue works on; nothing was changed.",
        {
          hint: "Free as much as the database file is large, and start again.",
          cause: error,
        },
      );
    }
    throw error;
  }
  return copy;
}

async function attachAndCheckpoint(copy: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { autoinstall_known_extensions: "false" });
  const connection = await instance.connect();
  try {
    const name = basename(copy).replace(/\.[^.]*$/, "");
    const alias = RESERVED_NAMES.includes(name.toLowerCase()) ? ` AS "${name}_file"` : "";
    await connection.run(`ATTACH '${copy.replaceAll("'", "''")}'${alias}`);
    const found = await connection.runAndReadAll(
      "SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'",
    );
    const attached = quoted(String(found.getRows()[0]?.[0]));
    await connection.run(`CHECKPOINT ${attached}`);
    await connection.run(`DETACH ${attached}`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
