import { mkdir } from "node:fs/promises";
import { type DataFolderLock, lockDataFolder } from "../control/data-folder-lock";
import { AppError, hasCode } from "../errors";
import type { Cli } from "./cli";

/** The server's own lock, for as long as files are exchanged: no server runs then, and none can start. Null: one runs. */
export async function tryDataFolder({ settings }: Pick<Cli, "settings">): Promise<DataFolderLock | AppError> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  try {
    return await lockDataFolder(settings.dataDir);
  } catch (error) {
    if (hasCode(error, "conflict")) return error;
    throw error;
  }
}

export async function holdDataFolder(cli: Pick<Cli, "settings">, hint: string): Promise<DataFolderLock> {
  const lock = await tryDataFolder(cli);
  if (!(lock instanceof AppError)) return lock;
  throw new AppError("database_busy", lock.message, { hint, cause: lock });
}
